"""Strided convolutions and their transposes, in the forms that a CPU or an accelerator runs fast."""
