using SernetStream.Evaluation.Corpora;

namespace SernetStream.Evaluation.Tests;

public class SpeechExtentTests
{
    private const int Rate = 16000;
    private const int Frame = 320;

    [Theory]
    [InlineData(0f)]
    [InlineData(0.001f)]
    public void Quiet_at_both_ends_is_no_speech(float quiet)
    {
        var samples = new float[Rate];
        Array.Fill(samples, quiet);
        samples.AsSpan(10 * Frame, 20 * Frame).Fill(0.5f);
        Assert.Equal((10 * Frame, 30 * Frame), SpeechExtent.Of(samples, Rate));
    }

    [Fact]
    public void A_pause_within_belongs_to_it_and_so_does_what_is_34_decibels_lower()
    {
        var samples = new float[10 * Frame];
        samples.AsSpan(0, Frame).Fill(0.01f);
        samples.AsSpan(4 * Frame, Frame).Fill(0.5f);
        samples.AsSpan(8 * Frame, Frame).Fill(0.01f);
        Assert.Equal((0, 9 * Frame), SpeechExtent.Of(samples, Rate));
    }

    [Fact]
    public void Silence_and_nothing_are_taken_whole()
    {
        Assert.Equal((0, 1000), SpeechExtent.Of(new float[1000], Rate));
        Assert.Equal((0, 0), SpeechExtent.Of([], Rate));
    }

    [Fact]
    public void The_last_frame_may_be_short() => Assert.Equal((0, Frame + 7), SpeechExtent.Of(Enumerable.Repeat(1f, Frame + 7).ToArray(), Rate));
}
