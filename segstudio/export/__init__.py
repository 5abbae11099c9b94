"""Masks in the formats that other systems read; every file is read back and compared before it counts."""
