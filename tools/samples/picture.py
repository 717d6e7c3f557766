"""Draws the harbour photograph of the two-column article."""

import numpy as np
from PIL import Image, ImageFilter


def ridge(rng, width, base, height):
    """The outline of a range of hills: a few sines and a little roughness."""
    x = np.arange(width) / width
    line = sum(rng.uniform(0.2, 1) / k * np.sin(2 * np.pi * (k * x + rng.random())) for k in range(1, 9))
    return base - height * (line / 2 + 0.5) + np.cumsum(rng.normal(0, 0.35, width))


def harbour(path):
    """Sky, three ranges of hills, water with glints, a low house and a lamp."""
    rng = np.random.default_rng(1912)
    width, height = 900, 560
    y = np.arange(height)[:, None] * np.ones((1, width))
    image = 225 - 70 * (y / height) + 8 * np.sin(y / 23 + np.arange(width) / 190)
    for base, rise, shade in ((300, 90, 165), (320, 60, 130), (335, 40, 95)):
        image = np.where(y > ridge(rng, width, base, rise), shade + rng.normal(0, 4, image.shape), image)
    water = 150 + 45 * np.sin(y / 2.7 + rng.normal(0, 1.2, image.shape)) * (y - 335) / 260
    image = np.where(y > 345, water, image)
    image[300:352, 180:330] = 60
    image[285:300, 170:340] = 40
    image[315:335, 200:222] = 190
    image[315:335, 270:292] = 190
    image[215:352, 372:378] = 35
    image[203:217, 366:384] = 240
    image[350:372, 420:900] = 75
    picture = Image.fromarray(image.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1.1))
    picture.save(path)
