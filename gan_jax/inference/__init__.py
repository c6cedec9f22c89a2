"""What is done with a trained run: samples, translations, its figures drawn again."""
