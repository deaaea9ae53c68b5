"""What people call the phones of each channel."""

from __future__ import annotations

MAKERS = {
    "apns": "iPhone",
    "huawei": "Huawei",
    "honor": "Honor",
    "xiaomi": "Xiaomi",
    "oppo": "OPPO",
    "vivo": "vivo",
    "meizu": "Meizu",
    "google": "Google",
    "fcm": "Google",
    "harmony": "HarmonyOS",
}
"""By the names that files, limits and statistics have for the channels; two of them name Google's."""
