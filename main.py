"""`python main.py --config=configs/dcgan_digits.py`: see gan_jax/command_line/flags.py, or --help."""

from gan_jax import command_line
from gan_jax.command_line import main

if __name__ == '__main__':
  command_line.run(main)
