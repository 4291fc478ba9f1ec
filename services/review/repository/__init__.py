"""The items of the review service's table: keys, attributes and conditions."""
