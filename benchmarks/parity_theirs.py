"""torch-fidelity's side of benchmarks.parity_fidelity: its network with random weights, and its measures."""

import sys
import types

import numpy as np
import torch

BATCH = 64  # its default
SUBSETS, SIZE = 100, 1000  # of its KID
ONLY_IMPORTED = ('', '.transforms', '.transforms.functional', '.datasets', '.models')


class StandIn(types.ModuleType):
  """A module that has every name; torchvision, which is only imported for other networks than this one."""

  __path__ = ()

  def __getattr__(self, name):
    if name.startswith('__'):
      raise AttributeError(name)
    return sys.modules.get(f'{self.__name__}.{name}') or type(name, (), {})


try:
  import torchvision  # noqa: F401
except (ImportError, RuntimeError):  # not there, or of another PyTorch
  sys.modules |= {f'torchvision{name}': StandIn(f'torchvision{name}') for name in ONLY_IMPORTED}

import torch_fidelity  # noqa: E402
from torch_fidelity import feature_extractor_inceptionv3 as extractor  # noqa: E402
from torch_fidelity import interpolate_compat_tensorflow, metric_fid, metric_isc, metric_kid  # noqa: E402
from torch_fidelity import metric_prc as prc  # noqa: E402

VERSION = torch_fidelity.__version__


SCALES = {'bn.weight': 0.1, 'fc.weight': 0.3}  # deviations of random weights, but of kernels; 0.1 of others
MEANS = {'bn.weight': 1.0, 'bn.bias': 1.5}


def weights(images, seed=0):
  """A state dict by the published names: random weights, batch norm with its statistics of some images.

  So images stay apart, as they do not where the statistics are random. The biases keep most units on: with
  biases about 0 rounding grows from layer to layer, and PyTorch is 1e-3 from itself in float64.
  """
  found, draw = bare(), torch.Generator().manual_seed(seed)
  with torch.no_grad():
    for name, array in found.named_parameters():
      kind = '.'.join(name.split('.')[-2:])
      scale = array[0].numel() ** -0.5 if kind == 'conv.weight' else SCALES.get(kind, 0.1)
      array.copy_(MEANS.get(kind, 0.0) + scale * torch.randn(array.shape, generator=draw))
    for module in found.modules():
      if isinstance(module, torch.nn.BatchNorm2d):
        module.momentum = 1.0  # the statistics are those of the last batch
    found.train()(pixels(images))
  return found.state_dict()


def bare():
  """The network as it is before weights are loaded, which it would take from the net."""
  kind, kept = torch_fidelity.FeatureExtractorInceptionV3, extractor.load_state_dict_from_url
  load = kind.load_state_dict
  extractor.load_state_dict_from_url, kind.load_state_dict = (lambda *_, **__: None), (lambda *_: None)
  try:
    return kind('', ['2048'])
  finally:
    extractor.load_state_dict_from_url, kind.load_state_dict = kept, load


def network(file, dtype=torch.float32):
  """uint8 images [N, H, W, 3] -> (features [N, 2048], logits without bias [N, 1008]), with these weights."""
  found = torch_fidelity.FeatureExtractorInceptionV3(
    '', ['2048', 'logits_unbiased'], feature_extractor_weights_path=str(file)
  )
  found.to(dtype).feature_extractor_internal_dtype = dtype  # its own option for it makes float32 of float64

  def see(images):
    batches = [pixels(images[start : start + BATCH]) for start in range(0, len(images), BATCH)]
    with torch.no_grad():
      return tuple(torch.cat(some) for some in zip(*map(found, batches), strict=True))

  return see


def pixels(images):
  """Images [N, H, W, C] as PyTorch has them, [N, C, H, W]."""
  return torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2)))


def resized(images):
  """Images [N, 299, 299, C] in float32, of any size."""
  resize = interpolate_compat_tensorflow.interpolate_bilinear_2d_like_tensorflow1x
  return resize(pixels(images).float(), size=(299, 299), align_corners=False).numpy().transpose(0, 2, 3, 1)


def fid(real, generated):
  """The Frechet distance of two sets of features."""
  moments = [metric_fid.fid_features_to_statistics(features) for features in (generated, real)]
  return metric_fid.fid_statistics_to_metric(*moments, verbose=False)[torch_fidelity.KEY_METRIC_FID]


def others(real, generated, logits):
  """{'kid', 'inception_score', 'precision', 'recall'} of features, and of the generated images' logits."""
  size = min(SIZE, len(real), len(generated))
  options = {'kid_subset_size': size, 'kid_subsets': SUBSETS, 'verbose': False}
  kid = metric_kid.kid_features_to_metric(generated, real, **options)
  return {
    'kid': kid[torch_fidelity.KEY_METRIC_KID_MEAN],
    'inception_score': metric_isc.isc_features_to_metric(logits)[torch_fidelity.KEY_METRIC_ISC_MEAN],
    **precision_and_recall(real, generated),
  }


def precision_and_recall(real, generated):
  """{'precision', 'recall'} of features, by distances in their own type."""
  found = prc.prc_features_to_metric(generated, real, verbose=False)
  return {name: found[name] for name in ('precision', 'recall')}


def mind(features, other, directions):
  """The Monge distance by its formula, in float64, along these unit directions [K, D]."""
  lines = [torch.sort(array.double() @ directions.double().T, 0).values for array in (features, other)]
  return 3 * features.shape[1] * float(((lines[0] - lines[1]) ** 2).mean())
