"""Phrases that the explorers of all mechanisms share."""

from __future__ import annotations

LABELS = {
    "student_curve": "student’s error Lₛ",
    "teacher_curve": "teacher’s error Lₜ",
    "error": "excess test error",
}
