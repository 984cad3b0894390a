"""Image files and pixels: decoding, colour, the reduced copies that the other rooms work on, and encoding."""
