using SernetStream.Testing;

namespace SernetStream.Abstractions.Tests;

/// <summary>Which emotions pass, and when again.</summary>
public sealed class RefractoryTimeTests
{
    private readonly ManualTime _clock = new();

    [Fact]
    public void Each_emotion_passes_once_in_its_time_and_keeps_nobody_elses()
    {
        var refractory = new RefractoryTime(TimeSpan.FromSeconds(60), _clock);

        Assert.True(refractory.Passes("anger"));
        Assert.False(refractory.Passes("anger"));
        Assert.True(refractory.Passes("sadness"));
        _clock.Advance(TimeSpan.FromSeconds(59.9));
        Assert.False(refractory.Passes("anger"));
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.True(refractory.Passes("anger"));
        Assert.False(refractory.Passes("anger"));
    }

    [Fact]
    public void What_was_held_back_does_not_make_it_longer()
    {
        var refractory = new RefractoryTime(TimeSpan.FromSeconds(60), _clock);
        var passed = 0;
        for (var second = 0; second < 180; second++)
        {
            passed += refractory.Passes("anger") ? 1 : 0;
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(3, passed);
    }

    [Fact]
    public void That_nobody_speaks_any_more_always_passes()
    {
        var refractory = new RefractoryTime(TimeSpan.FromHours(1), _clock);

        Assert.True(refractory.Passes(EmotionLabel.None));
        Assert.True(refractory.Passes(EmotionLabel.None));
    }

    [Fact]
    public void Without_a_time_everything_passes()
    {
        var refractory = new RefractoryTime(TimeSpan.Zero, _clock);

        Assert.True(refractory.Passes("anger"));
        Assert.True(refractory.Passes("anger"));
    }
}
