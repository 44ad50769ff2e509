"""The report people look at: one HTML file with everything a card says, drawn and explained."""
