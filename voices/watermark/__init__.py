"""The keyed, inaudible mark on every sample that is spoken in a family voice.

Each 16 ms chip raises or lowers the level of 26 bands by a few decibels. Half of the cells (band
and chip) carry a keyed pilot by which the mark is found, half carry 32 bits that name the voice
and the utterance. Nothing but levels is touched, so the mark lives through whatever speech lives
through: codecs, telephones, rooms, another speed.
"""
