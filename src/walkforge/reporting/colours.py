"""Colours that colour-blind readers tell apart, shared by figures and pages."""

# Okabe and Ito, Color Universal Design (2008); its yellow is left out, too pale on white.
OKABE_ITO = {
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "green": "#009E73",
    "purple": "#CC79A7",
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "black": "#000000",
}
GREY = "#767676"
