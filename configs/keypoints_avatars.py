"""Where the eyes, the mouth and the hat of a face are that a sentence tells of: GAWWN's keypoint generator.

    python main.py --config=configs/keypoints_avatars.py:cpu
    python main.py --workdir=runs/keypoints_avatars_cpu --mode=sample --caption="a sad face in a green beanie"

Measured on two CPU cores that others used, too, after 4,000 of the 8,000 steps of 64 of :cpu, 7 to 12 of them
a second, on 320 held-out faces: energy distance 0.144 (real 0.143), spread 0.119 (real 0.115), D prefers the
right caption of 76 %. The mean of eight draws is 0.184, 0.056, 0.035 and 0.028 of the image from the truth
when none, 1, 2 and 4 of nine points are known (a guess: 0.176); draws of a caption alone are less far apart,
0.112, than faces are. After all 8,000, on an H200 that fifteen others used: energy distance 0.156 (real
0.166); 0.188, 0.054, 0.029 and 0.020 (a guess: 0.178). get_config() is for an accelerator; it has not been
trained.
"""

from gan_jax.configs import common


def get_config():
  config = common.get_config()
  optimizer = dict(name='adam', learning_rate=1e-3, b1=0.5)
  network = dict(name='mlp', widths=(256, 256), activation='leaky_relu', initializer='he_normal')
  config.update(
    # Not told what is known, D lets faces of which nothing is known, one in 13, be much the same.
    gan=dict(name='keypoints', known=0.25, switch=True),
    data=dict(
      name='avatars', size=(64, 64), channels=3, places='wide', captions=True,
      num_images=1_000_000,  # of few, D learns the captions by heart
    ),
    generator=network,
    discriminator=network,
    g_optimizer=optimizer,
    d_optimizer=optimizer,
    penalty=dict(r1=0.002),  # shapes of faces are small: D has to be steep
    train=dict(batch_size=64, num_steps=40_000),
    evaluate=dict(num_images=960, best='energy_distance'),
    sample=dict(num=32),
  )  # fmt: skip
  return config


def get_cpu_config():
  config = get_config()
  config.update(
    gan=dict(reading_widths=(24, 48), reading_dim=64),
    latents=dict(dim=32),
    train=dict(num_steps=8_000),
  )
  return config


def get_test_config():
  config = common.get_test_config(get_config())
  config.update(
    gan=dict(reading_widths=(8,), reading_dim=8),
    data=dict(num_images=64),
    latents=dict(dim=4),
    generator=dict(widths=(8,)),
    discriminator=dict(widths=(8,)),
  )
  return config
