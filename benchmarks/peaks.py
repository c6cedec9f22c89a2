"""What accelerators reach at most, by their data sheets."""

from typing import NamedTuple


class Device(NamedTuple):
  """Figures of a data sheet."""

  platform: str
  peaks: dict  # {precision: operations a second of dense products}
  bytes_per_second: float
  memory: float  # bytes


H100 = {'fp32': 66.9e12, 'tf32': 494.7e12, 'bf16': 989.4e12}
DEVICES = {  # NVIDIA's data sheets of the SXM modules; Google Cloud's page of the TPU
  'A100': Device('cuda', {'fp32': 19.5e12, 'tf32': 156e12, 'bf16': 312e12}, 2.039e12, 80e9),
  'H100': Device('cuda', H100, 3.35e12, 80e9),
  'H200': Device('cuda', H100, 4.8e12, 141e9),
  # A float32 is a sum of three bfloat16: six products of theirs make one, and one is what XLA does by itself.
  'TPU v5 lite': Device('tpu', {'fp32': 197e12 / 6, 'tf32': 197e12, 'bf16': 197e12}, 0.819e12, 16e9),
}
