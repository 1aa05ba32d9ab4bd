using SernetStream.Audio.Capture;
using SernetStream.Audio.Files;
using SernetStream.Audio.Streams;
using SernetStream.Testing;

namespace SernetStream.Audio.Tests;

/// <summary>How several channels become one, in the mixer and in every kind of source.</summary>
public sealed class ChannelMixerTests : IDisposable
{
    private const int Rate = 16_000;
    private static readonly float[] Tone = [.. SineListener.Make(440, Rate, Rate, 0.5)];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_inverted_channel_does_not_cancel_the_other()
    {
        var mixer = new ChannelMixer(2, Rate);
        Assert.Equal(0.5, SineListener.Amplitude(Mix(mixer, 1, -1), 440, Rate), 0.01);
        Assert.Equal("channel 2 is the inverse of channel 1 and is inverted back", mixer.Note);
    }

    [Theory]
    [InlineData(0f)]
    [InlineData(0.003f)]
    public void A_dead_channel_takes_no_level(float rest)
    {
        var mixer = new ChannelMixer(2, Rate);
        Assert.Equal(0.5, SineListener.Amplitude(Mix(mixer, rest, 1), 440, Rate), 0.01);
        Assert.Equal("channel 1 is silent beside the others and is left out", mixer.Note);
    }

    [Theory]
    [InlineData(1f, 1f)]
    [InlineData(1f, 0.1f)]
    public void Channels_in_order_are_averaged(float left, float right)
    {
        var mixer = new ChannelMixer(2, Rate);
        Assert.Equal(0.25 * (left + right), SineListener.Amplitude(Mix(mixer, left, right), 440, Rate), 0.001);
        Assert.Null(mixer.Note);
    }

    [Theory]
    [InlineData("mix", 0)]
    [InlineData("left", 1)]
    [InlineData("RIGHT", 2)]
    [InlineData("3", 3)]
    public void A_channel_is_chosen_by_word_or_number(string text, int number)
    {
        Assert.True(ChannelChoice.TryParse(text, out var choice));
        Assert.Equal(number, choice.Number);
        var mixed = Mix(new ChannelMixer(3, Rate, choice), 0.2f, 0.4f, 0.6f);
        Assert.Equal(number == 0 ? 0.2 : 0.1 * number, SineListener.Amplitude(mixed, 440, Rate), 0.001);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("65")]
    [InlineData("-1")]
    [InlineData("both")]
    public void What_is_no_channel_is_refused(string text) => Assert.False(ChannelChoice.TryParse(text, out _));

    [Fact]
    public void What_is_not_finite_does_not_stay_in_the_decision()
    {
        var mixer = new ChannelMixer(2, Rate);
        mixer.Observe([float.NaN, 1, float.PositiveInfinity, 1]);
        Assert.Equal(0.5, SineListener.Amplitude(Mix(mixer, 1, -1), 440, Rate), 0.01);
    }

    [Fact]
    public void Mixing_allocates_nothing()
    {
        var mixer = new ChannelMixer(2, Rate);
        var (frames, mono) = (Frames(1, -1), new float[Rate]);
        Assert.Equal(0, Allocations.Of(() =>
        {
            mixer.Observe(frames);
            mixer.Mix(frames, mono);
        }));
    }

    [Theory]
    [InlineData(1f, -1f, "channel 2 is the inverse")]
    [InlineData(0f, 1f, "channel 1 is silent")]
    public void A_file_and_a_pushed_source_are_mixed_well(float left, float right, string note)
    {
        var clip = AudioFile.ReadAll(_folder.Write("x.wav", WavBytes.Pcm(Rate, 2, 16, Frames(left, right))));
        Assert.Equal(0.5, SineListener.Amplitude(clip.Samples, 440, Rate), 0.01);
        Assert.False(clip.IsSilent);
        Assert.Contains(note, clip.Warning, StringComparison.Ordinal);

        using var pushed = new PushSource("test", Rate, 2, isLive: false);
        pushed.Write(Frames(left, right));
        pushed.Complete();
        var samples = new float[Rate];
        Assert.Equal(Rate, pushed.Read(samples, Rate, CancellationToken.None).Count);
        Assert.Equal(0.5, SineListener.Amplitude(samples, 440, Rate), 0.01);
        Assert.Contains(note, pushed.ChannelNote, StringComparison.Ordinal);
    }

    [Fact]
    public void A_channel_that_a_file_does_not_have_is_refused_and_one_it_has_is_read()
    {
        var path = _folder.Write("x.wav", WavBytes.Pcm(Rate, 2, 16, Frames(0.2f, 1)));
        using var source = AudioSourceFactory.Open(
            $"file:{path}", PlaybackSpeed.Max, options: new DeviceOptions { Channel = new ChannelChoice(2) });
        var samples = new float[Rate];
        Assert.Equal(Rate, source.Read(samples, Rate, CancellationToken.None).Count);
        Assert.Equal(0.5, SineListener.Amplitude(samples, 440, Rate), 0.01);
        var refusal = Assert.Throws<AudioFileException>(() => AudioFile.Open(path, new ChannelChoice(3)));
        Assert.Equal(AudioFileError.NoSuchChannel, refusal.Error);
        Assert.Contains("capture.channel", refusal.Message, StringComparison.Ordinal);
    }

    private static float[] Mix(ChannelMixer mixer, params float[] gains)
    {
        var (frames, mono) = (Frames(gains), new float[Tone.Length]);
        const int Block = 320;
        for (var at = 0; at < mono.Length; at += Block)
        {
            var part = frames.AsSpan(at * gains.Length, Block * gains.Length);
            mixer.Observe(part);
            mixer.Mix(part, mono.AsSpan(at, Block));
        }

        return mono;
    }

    private static float[] Frames(params float[] gains) => [.. Tone.SelectMany(sample => gains.Select(gain => gain * sample))];
}
