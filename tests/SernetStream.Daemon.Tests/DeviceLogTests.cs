using SernetStream.Audio.Capture;
using SernetStream.Daemon.Hosting;

namespace SernetStream.Daemon.Tests;

public sealed class DeviceLogTests
{
    private readonly ListLogger _lines = new();
    private readonly DeviceLog _log;

    public DeviceLogTests() => _log = new DeviceLog(_lines, TimeProvider.System);

    [Fact]
    public void An_outage_is_said_with_what_is_new_in_it_and_with_its_end()
    {
        Lose("It is gone.");
        Lose("It is busy.");
        Lose("It is gone.");
        Run();
        Assert.Equal(
            [
                "Warning: It is gone. Trying again until it works.",
                "Warning: It is busy. Trying again until it works.",
                "Information: listening to hw:1 again",
            ],
            _lines.Lines);
    }

    [Fact]
    public void A_device_that_runs_and_fails_in_turns_does_not_fill_the_log()
    {
        Run();
        for (var i = 0; i < 1000; i++)
        {
            Lose("It is gone.");
            Run();
        }

        Assert.Equal(2, _lines.Lines.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_device_that_was_waited_for_is_said_to_be_there_once(bool failedBefore)
    {
        _log.IsAwaited = true;
        if (failedBefore)
        {
            _log.Take(new DeviceStatus(
                DeviceState.BackingOff, "hw:1", new AudioDeviceException(AudioDeviceError.NotFound, "There is none.")));
        }

        Run();
        Run();
        Assert.Equal("Information: listening to hw:1", _lines.Lines[^1]);
        Assert.Equal(failedBefore ? 2 : 1, _lines.Lines.Count);
    }

    private void Lose(string message) => _log.Take(new DeviceStatus(
        DeviceState.Lost, "hw:1", new AudioDeviceException(AudioDeviceError.Gone, message)));

    private void Run() => _log.Take(new DeviceStatus(DeviceState.Running, "hw:1"));
}
