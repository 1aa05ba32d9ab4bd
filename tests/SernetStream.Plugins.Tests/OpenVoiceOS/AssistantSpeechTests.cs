using SernetStream.Plugins.OpenVoiceOS;
using SernetStream.Plugins.Tests.Support;

namespace SernetStream.Plugins.Tests.OpenVoiceOS;

public sealed class AssistantSpeechTests : IDisposable
{
    private readonly HeldClock _clock = new();
    private readonly FakePluginContext _context;
    private readonly AssistantSpeech _speech;

    public AssistantSpeechTests()
    {
        _context = new FakePluginContext("OpenVoiceOS") { Time = _clock };
        _speech = new AssistantSpeech(_context, new BusSettings { Echo = 0.5, LongestSpeech = 120 });
    }

    [Fact]
    public void A_timer_of_an_earlier_hold_cannot_end_a_later_one()
    {
        _speech.Begin();
        _speech.End();
        _speech.Begin();
        Assert.Equal([120, 0.5, 120], _clock.Due.Select(due => due.TotalSeconds));

        // Both timers had already fired when the assistant spoke again.
        _clock.Fire(0);
        _clock.Fire(1);
        Assert.Equal(1, _context.Services.Holds);
        _clock.Fire(2);
        Assert.Equal(0, _context.Services.Holds);
        _clock.Fire(2);
        Assert.Equal(0, _context.Services.Holds);
    }

    [Fact]
    public void The_end_of_what_was_not_said_waits_for_nothing()
    {
        _speech.End();
        Assert.Empty(_clock.Due);
    }

    [Fact]
    public void Nothing_is_held_after_the_end()
    {
        _speech.Begin();
        _speech.Dispose();
        _speech.Begin();
        Assert.Equal(0, _context.Services.Holds);
    }

    public void Dispose() => _speech.Dispose();
}
