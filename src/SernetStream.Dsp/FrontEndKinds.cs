namespace SernetStream.Dsp;

/// <summary>Which frames a segment has.</summary>
public enum FramingKind
{
    /// <summary>Those that lie wholly within it; nothing is padded.</summary>
    Whole,

    /// <summary>
    /// One centred on every multiple of the hop, with zeros beyond both ends of the segment (librosa from 0.9 on).
    /// </summary>
    CentredZero,

    /// <summary>
    /// One centred on every multiple of the hop; beyond its ends the segment is mirrored, the last sample not repeated
    /// (librosa before 0.9).
    /// </summary>
    CentredReflect,
}

/// <summary>The taper a frame is multiplied with; both are periodic (DFT-even), as in spectral analysis.</summary>
public enum WindowFunction
{
    /// <summary>0.5 − 0.5·cos(2πn/N).</summary>
    Hann,

    /// <summary>0.54 − 0.46·cos(2πn/N).</summary>
    Hamming,
}

/// <summary>What of a DFT bin is kept, or summed into the mel bands.</summary>
public enum SpectrumKind
{
    /// <summary>|X|: scales with the level of the signal.</summary>
    Magnitude,

    /// <summary>|X|²: scales with the square of the level.</summary>
    Power,
}

/// <summary>The scale on which the corners of the mel triangles are equally spaced.</summary>
public enum MelScaleKind
{
    /// <summary>HTK's: 1127·ln(1 + f/700).</summary>
    Htk,

    /// <summary>Slaney's Auditory Toolbox: straight up to 1 kHz, logarithmic above (librosa's default).</summary>
    Slaney,
}

/// <summary>The axis on which the slopes of the mel triangles are straight lines.</summary>
public enum MelSlopeKind
{
    /// <summary>The mel axis (TensorFlow).</summary>
    Mel,

    /// <summary>The frequency axis (librosa, torchaudio).</summary>
    Hertz,
}

/// <summary>How tall the mel triangles are.</summary>
public enum MelNormKind
{
    /// <summary>All 1 high (TensorFlow, HTK).</summary>
    Height,

    /// <summary>All of area 1 over the frequency in hertz: 2 / width high (Slaney, librosa).</summary>
    Area,
}

/// <summary>The logarithm taken of an energy.</summary>
public enum LogKind
{
    /// <summary>ln(x + <see cref="FrontEndOptions.LogOffset"/>).</summary>
    Natural,

    /// <summary>10·log10(max(x, <see cref="FrontEndOptions.LogOffset"/>)).</summary>
    Decibel,
}

/// <summary>How the rows of the DCT-II are scaled, M being the number of bands.</summary>
public enum DctKind
{
    /// <summary>Every row by √(2/M) (TensorFlow's <c>mfccs_from_log_mel_spectrograms</c>).</summary>
    Uniform,

    /// <summary>The first by √(1/M), the others by √(2/M): an orthonormal matrix (SciPy's and librosa's "ortho").</summary>
    Orthonormal,
}

/// <summary>How the level of a segment is brought to the level the model was trained at.</summary>
public enum LevelKind
{
    /// <summary>Left as it is.</summary>
    None,

    /// <summary>Divided by its largest absolute sample.</summary>
    Peak,

    /// <summary>Divided by the 99.9th percentile of its absolute samples and clipped to ±1.</summary>
    Percentile999,
}

/// <summary>What a frame becomes for the model.</summary>
public enum FeatureKind
{
    /// <summary>The DFT bins from zero to half the sample rate, without a logarithm.</summary>
    Spectrogram,

    /// <summary>The logarithm of those.</summary>
    LogSpectrogram,

    /// <summary>The logarithm of the mel energies.</summary>
    LogMel,

    /// <summary>Mel-frequency cepstral coefficients: the first of the DCT of that.</summary>
    Mfcc,
}
