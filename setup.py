"""What pyproject.toml cannot say: an installed package has the experiments of configs/ inside of it."""

from setuptools import find_packages, setup

EXPERIMENTS = 'gan_jax.configs.experiments'

setup(
  packages=[*find_packages(include=['gan_jax*']), EXPERIMENTS],
  package_dir={EXPERIMENTS: 'configs'},
  package_data={'gan_jax.models.convolution': ['forms.json']},
)
