using static SernetStream.Dsp.OptionRange;

namespace SernetStream.Dsp;

/// <summary>The taper a frame is multiplied with; both are periodic (DFT-even), as in spectral analysis.</summary>
public enum TaperKind
{
    /// <summary>0.5 − 0.5·cos(2πn/N).</summary>
    Hann,

    /// <summary>0.54 − 0.46·cos(2πn/N).</summary>
    Hamming,
}

/// <summary>What of a DFT bin is summed into the mel bands.</summary>
public enum SpectrumKind
{
    /// <summary>|X|: scales with the level of the signal.</summary>
    Magnitude,

    /// <summary>|X|²: scales with the square of the level.</summary>
    Power,
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

/// <summary>
/// Everything that turns a segment of audio into the matrix a model reads: frames × cepstral coefficients. A front
/// end is data, named by the model's card, so that training and serving cannot drift apart; the same fields with the
/// same meaning are implemented once more in NumPy (<c>training/sernet/frontend.py</c>), and golden files tie the two.
/// </summary>
/// <remarks>
/// Sources: Aftab et al., "Light-SERNet", ICASSP 2022, and its reference implementation, whose settings differ from
/// the paper's text; each has a preset.
/// </remarks>
public sealed record FrontEndOptions
{
    /// <summary>The settings of the Light-SERNet reference implementation.</summary>
    public static FrontEndOptions LightSernet { get; } = new();

    /// <summary>The settings as the Light-SERNet paper's text gives them.</summary>
    public static FrontEndOptions LightSernetPaper { get; } = new()
    {
        Preset = "light-sernet-paper",
        Taper = TaperKind.Hamming,
        Spectrum = SpectrumKind.Power,
        LowHz = 40,
        CoefficientLimit = null,
        Level = LevelKind.Peak,
    };

    /// <summary>All presets, by <see cref="Preset"/>.</summary>
    public static IReadOnlyList<FrontEndOptions> Presets { get; } = [LightSernet, LightSernetPaper];

    /// <summary>Name of the preset these options started from.</summary>
    public string Preset { get; init; } = "light-sernet";

    /// <summary>Samples per second, 8000..48000.</summary>
    public int SampleRate { get; init; } = 16000;

    /// <summary>Samples in a frame, at most <see cref="FftLength"/>.</summary>
    public int FrameLength { get; init; } = 1024;

    /// <summary>Samples from the start of a frame to the start of the next, 1..<see cref="FrameLength"/>.</summary>
    public int HopLength { get; init; } = 256;

    /// <summary>Length of the DFT, a power of two in 16..65536.</summary>
    public int FftLength { get; init; } = 1024;

    /// <summary>The taper of a frame.</summary>
    public TaperKind Taper { get; init; } = TaperKind.Hann;

    /// <summary>Magnitude or power.</summary>
    public SpectrumKind Spectrum { get; init; } = SpectrumKind.Magnitude;

    /// <summary>Number of triangular mel bands, 1..512.</summary>
    public int MelBands { get; init; } = 128;

    /// <summary>Lower edge of the lowest band in Hz.</summary>
    public double LowHz { get; init; } = 80;

    /// <summary>Upper edge of the highest band in Hz, at most half the sample rate.</summary>
    public double HighHz { get; init; } = 7600;

    /// <summary>Added to a mel energy before its natural logarithm is taken; positive.</summary>
    public double LogOffset { get; init; } = 1e-6;

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

    /// <summary>Whole frames in a segment; none is padded.</summary>
    public int FrameCount => 1 + ((SegmentLength - FrameLength) / HopLength);

    /// <summary>Numbers in the feature matrix of one segment: frames × coefficients.</summary>
    public int FeatureCount => FrameCount * Coefficients;

    internal void RequireRoom(ReadOnlySpan<float> features)
    {
        if (features.Length != FeatureCount)
        {
            throw new ArgumentException(
                $"features has {features.Length} numbers; it must have {FeatureCount} ({FrameCount} frames × {Coefficients} coefficients).",
                nameof(features));
        }
    }

    /// <summary>Checks that the options make sense together.</summary>
    /// <exception cref="ArgumentException">The first that does not, with its value and its range.</exception>
    public void Validate()
    {
        Require(SampleRate is >= 8000 and <= 48000, SampleRate, "8000..48000 Hz");
        Require(
            FftLength is >= 16 and <= 65536 && int.IsPow2(FftLength), FftLength, "a power of two in 16..65536");
        Require(FrameLength is >= 1 && FrameLength <= FftLength, FrameLength, $"1..{FftLength} (fftLength)");
        Require(HopLength >= 1 && HopLength <= FrameLength, HopLength, $"1..{FrameLength} (frameLength)");
        Require(MelBands is >= 1 and <= 512, MelBands, "1..512");
        Require(LowHz >= 0 && LowHz < HighHz, LowHz, $"0..{HighHz} Hz (highHz)");
        Require(HighHz <= SampleRate / 2.0, HighHz, $"at most {SampleRate / 2.0} Hz (half the sample rate)");
        Require(LogOffset is > 0 and <= 1, LogOffset, "greater than 0, at most 1");
        Require(Coefficients >= 1 && Coefficients <= MelBands, Coefficients, $"1..{MelBands} (melBands)");
        Require(CoefficientLimit is null or > 0, CoefficientLimit, "greater than 0, or null");
        Require(
            SegmentSeconds <= 60 && SegmentLength >= FrameLength, SegmentSeconds, "from one frame to 60 s");
    }
}
