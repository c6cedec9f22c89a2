"""What games are made of: a discriminator's side, a pool of past fakes, another run's features, masks."""
