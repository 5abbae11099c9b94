"""Words that say what a picture shows and how it was made, and nothing of whom."""

from __future__ import annotations

import re
import unicodedata

_LIST = """
abd abdomen abdominal acetabulum acq acquisition adc adrenal after air angio angiography ankle anterior aorta
aortic ap apparent arm arterial asl ax axial axial_t1 bh biliary binary bladder blade body bold bone bones bowel
brachial brain breast breath c+ c- cardiac carotid cbf cbv cerebellum cerebral cervical chest cine clavicle coil
colon color combined contrast cor coronal coronary cranium ct cta ctac ctp cube curved dce deep default delay
delayed derived diff diffusion dis2d dis3d dixon dose dti dual dwi dyn dynamic early echo edge elbow enhanced
epi exp expiration extremity face fast fat fatsat fdg femur ffdl ffdr ffe ffp ffs field fiesta fl flair flash
foot forearm fractional frame frfse fs fse full fusion gd gradient gre hand haste head heart helical hfdl hfdr
hfp hfs high hip hippocampus hr humerus imaginary inhale inspiration inv inversion ir iso isotropic joint kernel
kidney knee labelmap large larynx late lateral lava left leg liver localiser localizer low lower lumbar lung
lungs m_ffe m_ir m_se magnitude map mask mean medial mediastinum minip mip mixed mono monochrome1 monochrome2
mosaic mpr mprage mr mra mrcp mri mrv mt multi muscle myocardium native navigator nd neck nerve nm no non none
norm obl oblique of opposed optic orbit orbits original other out p_ffe pa palette pancreas pc pd pelvic pelvis
perfusion pet phase pituitary plain plane planning portal post posterior pre prep primary projection prone
propeller prostate proton pt quick radial radius real recon reconstruction rectum ref reformat renal resampled
resolution rest rgb ribs right rl rt sag sagittal scan scout screening se secondary segmentation sella sequence
series sharp shoulder single sinus sinuses skull slab slice slices small smooth soft spgr spin spine spir spiral
spleen spoiled stack standard std stir stress sub subtraction supine surface suv swi t1 t1w t2 t2* t2w temporal
thick thigh thin thoracic thorax thyroid tibia tilt time tir tissue to tof topogram tra trace transversal
transverse true trufi tse tumor tumour turbo ub ulna ultrafast upper urinary uterus vein venous ventricle
vertebra vibe view vol volume water wb whole window wip with without wo wrist ybr yes zoom
"""
_TERMS = frozenset(_LIST.split())
_SPLIT = re.compile(r"[\s_/\\,;:()\[\]^=.|]+")
_MEASURE = re.compile(r"\d{1,2}(mm|cm|s|sec|min|deg|t|d|x|kv|ml|%)?|\d{1,2}x\d{1,2}(x\d{1,2})?", re.IGNORECASE)


def normal(text: str) -> str:
    """Without accents and capitals, so that one name is one however it is written."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(each for each in plain if not unicodedata.combining(each)).casefold()


def words(text: str) -> list[str]:
    """The words of a text, normal."""
    return [each for each in _SPLIT.split(normal(text)) if each]


def is_harmless(word: str) -> bool:
    """Whether a normal word is a term of imaging."""
    parts = [part for part in re.split(r"[-+*]", word) if part]
    return word in _TERMS or (bool(parts) and all(part in _TERMS for part in parts))


def cleaned(text: str) -> str:
    """The words of a text that are terms of imaging or short measures, as they were written."""
    kept = [each for each in re.split(r"[\s_/\\,;:()\[\]^=|]+", text) if each]
    return " ".join(each for each in kept if is_harmless(normal(each)) or _MEASURE.fullmatch(each))
