"""The data elements that SegStudio reads, by their keywords in PS3.6; makers' own ones as their manuals call them."""

from __future__ import annotations

_TABLE = """
00020010 UI TransferSyntaxUID
00041220 SQ DirectoryRecordSequence
00041430 CS DirectoryRecordType
00041500 CS ReferencedFileID
00080005 CS SpecificCharacterSet
00080008 CS ImageType
00080016 UI SOPClassUID
00080018 UI SOPInstanceUID
00080020 DA StudyDate
00080021 DA SeriesDate
00080022 DA AcquisitionDate
00080023 DA ContentDate
0008002a DT AcquisitionDateTime
00080031 TM SeriesTime
00080032 TM AcquisitionTime
00080060 CS Modality
00080070 LO Manufacturer
00081030 LO StudyDescription
0008103e LO SeriesDescription
00089007 CS FrameType
00089208 CS ComplexImageComponent
00100020 LO PatientID
00101030 DS PatientWeight
00180050 DS SliceThickness
00181072 TM RadiopharmaceuticalStartTime
00181074 DS RadionuclideTotalDose
00181075 DS RadionuclideHalfLife
00181078 DT RadiopharmaceuticalStartDateTime
00180081 DS EchoTime
00180082 DS InversionTime
00180086 IS EchoNumbers
00180088 DS SpacingBetweenSlices
00181030 LO ProtocolName
00181060 DS TriggerTime
00181310 US AcquisitionMatrix
00189082 FD EffectiveEchoTime
00189079 FD InversionTimes
00189087 FD DiffusionBValue
00189114 SQ MREchoSequence
00189115 SQ MRModifierSequence
00189117 SQ MRDiffusionSequence
00189118 SQ CardiacSynchronizationSequence
00189226 SQ MRImageFrameTypeSequence
00189329 SQ CTImageFrameTypeSequence
00189751 SQ PETFrameTypeSequence
00209153 FD NominalCardiacTriggerDelayTime
0019100a US SiemensImagesInMosaic
0019100c IS SiemensBValue
0020000d UI StudyInstanceUID
0020000e UI SeriesInstanceUID
00200011 IS SeriesNumber
00200012 IS AcquisitionNumber
00200013 IS InstanceNumber
00200032 DS ImagePositionPatient
00200037 DS ImageOrientationPatient
00200052 UI FrameOfReferenceUID
00200100 IS TemporalPositionIdentifier
00209056 SH StackID
00209111 SQ FrameContentSequence
00209113 SQ PlanePositionSequence
00209116 SQ PlaneOrientationSequence
00209128 UL TemporalPositionIndex
00209156 US FrameAcquisitionNumber
00209228 UL ConcatenationFrameOffsetNumber
00280002 US SamplesPerPixel
00280004 CS PhotometricInterpretation
00280006 US PlanarConfiguration
00280008 IS NumberOfFrames
00280009 AT FrameIncrementPointer
00280010 US Rows
00280011 US Columns
00280030 DS PixelSpacing
00280100 US BitsAllocated
00280101 US BitsStored
00280102 US HighBit
00280103 US PixelRepresentation
00280120 US PixelPaddingValue
00281052 DS RescaleIntercept
00281053 DS RescaleSlope
00281101 US RedPaletteColorLookupTableDescriptor
00281102 US GreenPaletteColorLookupTableDescriptor
00281103 US BluePaletteColorLookupTableDescriptor
00281201 OW RedPaletteColorLookupTableData
00281202 OW GreenPaletteColorLookupTableData
00281203 OW BluePaletteColorLookupTableData
00283000 SQ ModalityLUTSequence
00283002 US LUTDescriptor
00283006 OW LUTData
00289110 SQ PixelMeasuresSequence
00289145 SQ PixelValueTransformationSequence
00291010 OB SiemensImageHeader
00291110 OB SiemensImageHeader1
00291210 OB SiemensImageHeader2
00291020 OB SiemensSeriesHeader
00291120 OB SiemensSeriesHeader1
00291220 OB SiemensSeriesHeader2
00431039 IS GEBValue
0043102f SS GEImageKind
00540022 SQ DetectorInformationSequence
00540016 SQ RadiopharmaceuticalInformationSequence
00541001 CS Units
00541102 CS DecayCorrection
20011003 FL PhilipsBValue
3004000c DS GridFrameOffsetVector
3004000e DS DoseGridScaling
52009229 SQ SharedFunctionalGroupsSequence
52009230 SQ PerFrameFunctionalGroupsSequence
00651009 FD UnitedImagingBValue
00651050 DS UnitedImagingImagesInGrid
"""

TAGS = {name: int(tag, 16) for tag, _, name in map(str.split, _TABLE.strip().splitlines())}
"""Group and element as one number, by keyword."""

VR_OF = {int(tag, 16): vr for tag, vr, _ in map(str.split, _TABLE.strip().splitlines())}
NAME_OF = {tag: name for name, tag in TAGS.items()}

PIXEL_DATA, FLOAT_PIXELS, DOUBLE_PIXELS = 0x7FE00010, 0x7FE00008, 0x7FE00009
PIXEL_TAGS = frozenset((PIXEL_DATA, FLOAT_PIXELS, DOUBLE_PIXELS))
