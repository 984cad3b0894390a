"""MediaPipe's selfie segmenter as a baseline of scripts/bench; run by an interpreter that has mediapipe==0.10.21.

Its model of people comes inside the wheel. For each path on a line of the input: decode, segment, mask at full size.
"""

import sys

import cv2
import mediapipe


def main() -> None:
    """Serve until the input ends."""
    cv2.setNumThreads(1)
    with mediapipe.solutions.selfie_segmentation.SelfieSegmentation(model_selection=0) as segmenter:
        print("ready", flush=True)
        for line in sys.stdin:
            photo = cv2.imread(line.strip(), cv2.IMREAD_COLOR)
            if photo is None:
                raise SystemExit(f"{line.strip()} is not a photo that OpenCV can read.")
            segmenter.process(cv2.cvtColor(photo, cv2.COLOR_BGR2RGB))  # its mask has the photo's size
            print("done", flush=True)


if __name__ == "__main__":
    main()
