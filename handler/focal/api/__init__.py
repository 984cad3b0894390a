"""What is asked and answered over HTTP: requests, answers, metrics and the OpenAPI document."""
