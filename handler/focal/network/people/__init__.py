"""People in a photo: the networks that find faces and bodies. What a mask makes of them is the mask's business."""
