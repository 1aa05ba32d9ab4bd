using SernetStream.Plugins.Tests.Support;

namespace SernetStream.Plugins.Tests.Host;

public sealed class LoudspeakerHoldTests : IDisposable
{
    private readonly HeldClock _clock = new();
    private readonly FakePluginContext _context;
    private readonly LoudspeakerHold _speech;

    public LoudspeakerHoldTests()
    {
        _context = new FakePluginContext("Any") { Time = _clock };
        _speech = new LoudspeakerHold(_context, "the assistant speaks", TimeSpan.FromSeconds(120), TimeSpan.FromSeconds(0.5));
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
    public void An_end_that_is_yet_to_come_is_waited_for_but_not_for_ever()
    {
        _speech.Begin();
        _speech.End(TimeSpan.FromSeconds(3));
        Assert.True(_speech.IsHeld);
        _speech.End(TimeSpan.FromDays(3));
        Assert.Equal([120, 3.5, 120], _clock.Due.Select(due => due.TotalSeconds));
        _clock.Fire(2);
        Assert.False(_speech.IsHeld);
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
