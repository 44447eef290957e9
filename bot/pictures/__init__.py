"""Pictures: drawn as SVG from a template, set in Noto, made a PNG in a process of their own."""
