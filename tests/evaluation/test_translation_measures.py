"""Measures of pairs of images, against scikit-image and by hand."""

import numpy as np
import pytest
from skimage import metrics as others

from gan_jax.evaluation.metrics import translation


def pairs(height=24, width=19, channels=3):
  """Four pairs of images: unrelated, near, shifted in brightness, the same."""
  rng = np.random.default_rng(0)
  true = np.float32(rng.uniform(-1, 1, (4, height, width, channels)))
  made = np.float32(rng.uniform(-1, 1, true.shape))
  made[1] = true[1] + 0.1 * made[1]
  made[2] = 0.8 * true[2] + 0.2
  made[3] = true[3]
  return true, made


@pytest.mark.parametrize('channels', [1, 3])
def test_ssim_is_that_of_scikit_image(channels):
  true, made = pairs(channels=channels)
  window = dict(gaussian_weights=True, sigma=1.5, use_sample_covariance=False)
  expected = [
    others.structural_similarity(*pair, data_range=2, channel_axis=-1, **window)
    for pair in zip(true, made, strict=True)
  ]
  np.testing.assert_allclose(translation.ssim(true, made), expected, rtol=1e-4, atol=1e-6)
  assert float(translation.ssim(true, made)[3]) == pytest.approx(1, abs=1e-6)


def test_psnr_is_that_of_scikit_image():
  true, made = pairs()
  pairs_apart = zip(true[:3], made[:3], strict=True)
  expected = [others.peak_signal_noise_ratio(*pair, data_range=2) for pair in pairs_apart]
  np.testing.assert_allclose(translation.psnr(true, made)[:3], expected, rtol=1e-5)
  assert translation.psnr(true, made)[3] == np.inf


def test_l1_by_hand():
  true = np.zeros((2, 2, 2, 1), np.float32)
  made = true + np.float32([[[[1], [0]], [[0], [-1]]], [[[2], [2]], [[2], [2]]]])
  np.testing.assert_allclose(translation.l1(true, made), [0.5, 2])


def test_ssim_needs_images_of_its_windows_size():
  small = np.zeros((1, 10, 40, 3), np.float32)
  with pytest.raises(ValueError, match='11 pixels a side'):
    translation.ssim(small, small)
  assert set(translation.score(*pairs())) == {'l1', 'psnr', 'ssim'}
  assert set(translation.score(small, small)) == {'l1', 'psnr'}


def test_edges_are_the_same_whatever_their_sign_and_strength():
  images, others = pairs(channels=1)
  found = translation.edge_correlation(images, -0.3 * images + 0.1)
  np.testing.assert_allclose(found, 1, atol=1e-4)
  found = translation.edge_correlation(images, others)
  assert abs(found[0]) < 0.2 < 0.9 < found[1] < 1
  assert translation.edge_correlation(np.ones_like(images), images).tolist() == [0] * 4


def test_patch_distance_is_one_of_sets_of_patches():
  images, others = pairs()
  assert translation.patch_distance(images, images[::-1]) == 0
  shift = lambda by: float(translation.patch_distance(images, images + by))
  assert shift(0.2) == pytest.approx(2 * shift(-0.1), rel=1e-4)
  # A direction sees a shift by c as one by c times the sum of its weights: about c N(0, 1) sqrt(2 / pi).
  assert shift(0.1) == pytest.approx(0.1 * np.sqrt(2 / np.pi), rel=0.2)
  far, near = (float(translation.patch_distance(images[k : k + 1], others[k : k + 1])) for k in (0, 1))
  assert near < far / 3
