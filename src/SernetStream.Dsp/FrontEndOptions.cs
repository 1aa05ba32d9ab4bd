using static SernetStream.OptionRange;

namespace SernetStream.Dsp;

/// <summary>
/// Everything that turns a segment of audio into the matrix a model reads: frames × numbers a frame. A front end is
/// data, named by the model's card, so that training and serving cannot drift apart; the same fields with the same
/// meaning are implemented once more in NumPy (<c>training/sernet/frontend.py</c>), and golden files tie the two.
/// </summary>
/// <remarks>
/// Sources: Aftab et al., "Light-SERNet", ICASSP 2022, and its reference implementation, whose settings differ from
/// the paper's text; each has a preset. Ye et al., "Temporal Modeling Matters" (TIM-Net), ICASSP 2023, whose features
/// are those of librosa 0.9. <c>docs/developer/front-end.md</c> has the mathematics. Any field can be combined with any other.
/// </remarks>
public sealed record FrontEndOptions
{
    /// <summary>The settings of the Light-SERNet reference implementation.</summary>
    public static FrontEndOptions LightSernet { get; } = new();

    /// <summary>The settings as the Light-SERNet paper's text gives them.</summary>
    public static FrontEndOptions LightSernetPaper { get; } = new()
    {
        Preset = "light-sernet-paper",
        Taper = WindowFunction.Hamming,
        Spectrum = SpectrumKind.Power,
        LowHz = 40,
        CoefficientLimit = null,
        Level = LevelKind.Peak,
    };

    /// <summary>
    /// The settings of TIM-Net's feature extraction: <c>librosa.feature.mfcc(n_mfcc=39)</c> with the other defaults of
    /// librosa 0.9, on the 96000 samples it takes of an EMO-DB recording. Features made with an older librosa differ by
    /// <see cref="FramingKind.CentredReflect"/>.
    /// </summary>
    public static FrontEndOptions TimNet { get; } = new()
    {
        Preset = "tim-net",
        SampleRate = 22050,
        FrameLength = 2048,
        HopLength = 512,
        FftLength = 2048,
        Framing = FramingKind.CentredZero,
        Spectrum = SpectrumKind.Power,
        MelScale = MelScaleKind.Slaney,
        MelSlope = MelSlopeKind.Hertz,
        MelNorm = MelNormKind.Area,
        LowHz = 0,
        HighHz = 11025,
        Log = LogKind.Decibel,
        LogOffset = 1e-10,
        TopDb = 80,
        Dct = DctKind.Orthonormal,
        Coefficients = 39,
        CoefficientLimit = null,
        Level = LevelKind.None,
        SegmentSeconds = 96000 / 22050.0,
    };

    /// <summary>All presets, by <see cref="Preset"/>.</summary>
    public static IReadOnlyList<FrontEndOptions> Presets { get; } = [LightSernet, LightSernetPaper, TimNet];

    /// <summary>Name of the preset these options started from.</summary>
    public string Preset { get; init; } = "light-sernet";

    /// <summary>What a frame becomes for the model.</summary>
    public FeatureKind Output { get; init; } = FeatureKind.Mfcc;

    /// <summary>Samples per second, 8000..192000.</summary>
    public int SampleRate { get; init; } = 16000;

    /// <summary>Samples in a frame, at most <see cref="FftLength"/>.</summary>
    public int FrameLength { get; init; } = 1024;

    /// <summary>Samples from the start of a frame to the start of the next, 1..<see cref="FrameLength"/>.</summary>
    public int HopLength { get; init; } = 256;

    /// <summary>Length of the DFT, a power of two in 16..65536; a shorter frame is followed by zeros.</summary>
    public int FftLength { get; init; } = 1024;

    /// <summary>Which frames a segment has.</summary>
    public FramingKind Framing { get; init; } = FramingKind.Whole;

    /// <summary>The taper of a frame.</summary>
    public WindowFunction Taper { get; init; } = WindowFunction.Hann;

    /// <summary>Magnitude or power.</summary>
    public SpectrumKind Spectrum { get; init; } = SpectrumKind.Magnitude;

    /// <summary>Number of triangular mel bands, 1..512.</summary>
    public int MelBands { get; init; } = 128;

    /// <summary>The scale the bands are spaced on.</summary>
    public MelScaleKind MelScale { get; init; } = MelScaleKind.Htk;

    /// <summary>The axis the slopes of the triangles are straight on.</summary>
    public MelSlopeKind MelSlope { get; init; } = MelSlopeKind.Mel;

    /// <summary>The height of the triangles.</summary>
    public MelNormKind MelNorm { get; init; } = MelNormKind.Height;

    /// <summary>Lower edge of the lowest band in Hz.</summary>
    public double LowHz { get; init; } = 80;

    /// <summary>Upper edge of the highest band in Hz, at most half the sample rate.</summary>
    public double HighHz { get; init; } = 7600;

    /// <summary>The logarithm taken of an energy.</summary>
    public LogKind Log { get; init; } = LogKind.Natural;

    /// <summary>
    /// Keeps the argument of the logarithm above zero, 1e-30..1: added to the energy (<see cref="LogKind.Natural"/>) or
    /// the lower bound of the energy (<see cref="LogKind.Decibel"/>).
    /// </summary>
    public double LogOffset { get; init; } = 1e-6;

    /// <summary>
    /// The lower bound of energies in a segment, in dB below its loudest energy; above 0, at most 200; null leaves it.
    /// With <see cref="LogKind.Decibel"/> only.
    /// </summary>
    public double? TopDb { get; init; }

    /// <summary>How the rows of the DCT are scaled.</summary>
    public DctKind Dct { get; init; } = DctKind.Uniform;

    /// <summary>Number of cepstral coefficients kept, 1..<see cref="MelBands"/>.</summary>
    public int Coefficients { get; init; } = 40;

    /// <summary>Coefficients are clipped to ± this; null leaves them.</summary>
    public double? CoefficientLimit { get; init; } = 10;

    /// <summary>How the level of a segment is normalised.</summary>
    public LevelKind Level { get; init; } = LevelKind.Percentile999;

    /// <summary>Length of a segment in seconds, at least one frame and at most 60 s.</summary>
    public double SegmentSeconds { get; init; } = 3;

    /// <summary>Length of a segment in samples.</summary>
    public int SegmentLength => (int)Math.Round(SampleRate * SegmentSeconds);

    /// <summary>Frames in a segment.</summary>
    public int FrameCount =>
        1 + ((IsCentred ? SegmentLength : SegmentLength - FrameLength) / HopLength);

    /// <summary>Numbers a frame becomes: coefficients, bands or bins.</summary>
    public int FrameFeatures => Output switch
    {
        FeatureKind.Mfcc => Coefficients,
        FeatureKind.LogMel => MelBands,
        _ => (FftLength / 2) + 1,
    };

    /// <summary>Numbers in the feature matrix of one segment: frames × numbers a frame.</summary>
    public int FeatureCount => FrameCount * FrameFeatures;

    /// <summary>Samples by which a frame begins before the multiple of the hop it belongs to.</summary>
    internal int FrameLead => IsCentred ? FrameLength / 2 : 0;

    /// <summary>Energies kept of a frame: bands, or bins where the model reads a spectrogram.</summary>
    internal int EnergyCount => Output is FeatureKind.Mfcc or FeatureKind.LogMel ? MelBands : FrameFeatures;

    private bool IsCentred => Framing != FramingKind.Whole;

    internal void RequireRoom(ReadOnlySpan<float> features)
    {
        if (features.Length != FeatureCount)
        {
            throw new ArgumentException(
                $"features has {features.Length} numbers; it must have {FeatureCount} ({FrameCount} frames × {FrameFeatures}).",
                nameof(features));
        }
    }

    /// <summary>Checks that the options make sense together.</summary>
    /// <exception cref="ArgumentException">The first that does not, with its value and its range.</exception>
    public void Validate()
    {
        RequireKinds();
        Require(SampleRate is >= 8000 and <= 192000, SampleRate, "8000..192000 Hz");
        Require(
            FftLength is >= 16 and <= 65536 && int.IsPow2(FftLength), FftLength, "a power of two in 16..65536");
        Require(FrameLength is >= 2 && FrameLength <= FftLength, FrameLength, $"2..{FftLength} (fftLength)");
        Require(HopLength >= 1 && HopLength <= FrameLength, HopLength, $"1..{FrameLength} (frameLength)");
        Require(MelBands is >= 1 and <= 512, MelBands, "1..512");
        Require(HighHz > 0 && HighHz <= SampleRate / 2.0, HighHz, $"above 0, at most {SampleRate / 2.0} Hz (half the sample rate)");
        Require(LowHz >= 0 && LowHz < HighHz, LowHz, $"0..{HighHz} Hz (highHz)");
        Require(LogOffset is >= 1e-30 and <= 1, LogOffset, "1e-30..1");
        Require(TopDb is null || Log == LogKind.Decibel, TopDb, "null where the logarithm is not in decibels");
        Require(TopDb is null or (> 0 and <= 200), TopDb, "above 0, at most 200 dB, or null");
        Require(Coefficients >= 1 && Coefficients <= MelBands, Coefficients, $"1..{MelBands} (melBands)");
        Require(CoefficientLimit is null or > 0, CoefficientLimit, "greater than 0, or null");
        Require(
            SegmentSeconds is > 0 and <= 60 && SegmentLength >= FrameLength, SegmentSeconds, "from one frame to 60 s");
    }

    private void RequireKinds()
    {
        Require(Enum.IsDefined(Output), Output, "a kind of output");
        Require(Enum.IsDefined(Framing), Framing, "a kind of framing");
        Require(Enum.IsDefined(Taper), Taper, "a kind of taper");
        Require(Enum.IsDefined(Spectrum), Spectrum, "a kind of spectrum");
        Require(Enum.IsDefined(MelScale), MelScale, "a mel scale");
        Require(Enum.IsDefined(MelSlope), MelSlope, "a kind of slope");
        Require(Enum.IsDefined(MelNorm), MelNorm, "a kind of norm");
        Require(Enum.IsDefined(Log), Log, "a kind of logarithm");
        Require(Enum.IsDefined(Dct), Dct, "a kind of DCT");
        Require(Enum.IsDefined(Level), Level, "a kind of level");
    }
}
