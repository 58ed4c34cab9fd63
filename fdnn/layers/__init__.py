"""The kinds of layer, one small module each."""
