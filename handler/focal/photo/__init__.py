"""Image files and pixels: decoding, colour, the small copies that others look at, and encoding."""
