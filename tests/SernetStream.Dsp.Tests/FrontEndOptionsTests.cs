namespace SernetStream.Dsp.Tests;

public class FrontEndOptionsTests
{
    public static TheoryData<FrontEndOptions, string, string> Nonsense() => new()
    {
        { FrontEndOptions.LightSernet with { SampleRate = 100 }, "sampleRate is 100", "8000..192000" },
        { FrontEndOptions.LightSernet with { FftLength = 1000 }, "fftLength is 1000", "power of two" },
        { FrontEndOptions.LightSernet with { FrameLength = 2048 }, "frameLength is 2048", "2..1024" },
        { FrontEndOptions.LightSernet with { HopLength = 1025 }, "hopLength is 1025", "1..1024" },
        { FrontEndOptions.LightSernet with { HopLength = 0 }, "hopLength is 0", "1..1024" },
        { FrontEndOptions.LightSernet with { HighHz = 9000 }, "highHz is 9000", "half the sample rate" },
        { FrontEndOptions.LightSernet with { LowHz = 7700 }, "lowHz is 7700", "7600" },
        { FrontEndOptions.LightSernet with { MelBands = 0 }, "melBands is 0", "1..512" },
        { FrontEndOptions.LightSernet with { Coefficients = 129 }, "coefficients is 129", "1..128" },
        { FrontEndOptions.LightSernet with { LogOffset = 0 }, "logOffset is 0", "1e-30..1" },
        { FrontEndOptions.LightSernet with { LowHz = double.NaN }, "lowHz is NaN", "0..7600" },
        { FrontEndOptions.LightSernet with { HighHz = double.NaN }, "highHz is NaN", "8000" },
        { FrontEndOptions.LightSernet with { SegmentSeconds = double.NaN }, "segmentSeconds is NaN", "60 s" },
        { FrontEndOptions.LightSernet with { TopDb = 80 }, "topDb is 80", "null" },
        { FrontEndOptions.TimNet with { TopDb = 0 }, "topDb is 0", "200 dB" },
        { FrontEndOptions.LightSernet with { Output = (FeatureKind)9 }, "output is 9", "output" },
        { FrontEndOptions.LightSernet with { CoefficientLimit = -1 }, "coefficientLimit is -1", "greater than 0" },
        { FrontEndOptions.LightSernet with { SegmentSeconds = 0.01 }, "segmentSeconds is 0.01", "60 s" },
    };

    [Theory]
    [MemberData(nameof(Nonsense))]
    public void Options_that_make_no_sense_name_the_field_the_value_and_the_range(
        FrontEndOptions options, string field, string range)
    {
        var error = Assert.Throws<ArgumentException>(options.Validate);
        Assert.Contains(field, error.Message, StringComparison.Ordinal);
        Assert.Contains(range, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_three_second_segment_is_184_frames_of_40()
    {
        FrontEndOptions.LightSernet.Validate();
        FrontEndOptions.LightSernetPaper.Validate();
        FrontEndOptions.TimNet.Validate();
        Assert.Equal((96000, 188, 39), (FrontEndOptions.TimNet.SegmentLength, FrontEndOptions.TimNet.FrameCount, FrontEndOptions.TimNet.FrameFeatures));
        Assert.Equal(184, FrontEndOptions.LightSernet.FrameCount);
        Assert.Equal(184 * 40, FrontEndOptions.LightSernet.FeatureCount);
    }
}
