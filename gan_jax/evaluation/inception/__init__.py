"""The Inception-v3 of the FID: its network, its resize, and its published weights, read without torch."""
