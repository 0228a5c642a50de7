"""For `make phone`: a certificate for this computer's address, a key for one run, a QR code."""
