"""A small shop: catalogue, flash sales, carts, coupons, card payments and the books."""

__version__ = "3.5.1"
