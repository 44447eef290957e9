"""The only package that imports discord: parse, call one service method, show one card."""
