using System.Diagnostics;
using SernetStream.Audio.Capture;
using SernetStream.Audio.Network;
using SernetStream.Audio.Tests.Capture;
using SernetStream.Testing;
using static SernetStream.Audio.Tests.Network.StreamListener;

namespace SernetStream.Audio.Tests.Network;

/// <summary>Sources of a real PulseAudio by their names.</summary>
[Collection(PortAudioCollection.Name)]
[Trait("Category", "real-parts")]
public sealed class PulseStreamTests : IDisposable
{
    private const int Restarts = 10;
    private readonly StreamListener _listener = new();
    private readonly TemporaryFolder _folder = new();

    private string Tone => _folder.Write("tone.wav", WavBytes.Pcm(48_000, 1, 16, SineListener.Make(1000, 48_000, 5 * 48_000, 0.25)));

    public void Dispose() => _folder.Dispose();

    [NeedsTheory(PulseRoom.Server, PulseRoom.Player)]
    [InlineData("pulse:room.monitor")]
    [InlineData("pulse:@DEFAULT_MONITOR@")]
    public async Task What_a_loudspeaker_plays_is_heard_through_its_monitor(string device)
    {
        await using var room = await PulseRoom.OpenAsync();
        room.EnterThisProcess();
        await room.AddSinkAsync("other");
        using var source = _listener.Open(device);
        using var other = _listener.Open("pulse:other.monitor");
        Assert.Equal("pulse:room.monitor", source.Name);
        await using var player = room.Play(Tone);
        var heard = new float[16_000];
        while (SineListener.Rms(heard) < 0.99 * 0.25 / Math.Sqrt(2))
        {
            var block = _listener.Next(source);
            heard.AsSpan(block.Length).CopyTo(heard);
            block.CopyTo(heard.AsSpan(heard.Length - block.Length));
        }

        Assert.Equal(0.25, SineListener.Amplitude(heard, 1000, 16_000), 0.01);
        var before = _listener.Sounding;
        _listener.Next(other);
        Assert.Equal(before, _listener.Sounding);
    }

    [NeedsTheory(PulseRoom.Server)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_that_is_killed_ten_times_is_heard_again_each_time(bool isInRoom)
    {
        _listener.IsInRoom = isInRoom;
        await using var room = await PulseRoom.OpenAsync();
        room.EnterThisProcess();
        var began = Stopwatch.GetTimestamp();
        using var source = _listener.Open("pulse:room.monitor");
        for (var restart = 0; restart <= Restarts; restart++)
        {
            for (var heard = _listener.Heard; _listener.Heard < heard + 3_200;)
            {
                _listener.Next(source);
            }

            if (restart < Restarts)
            {
                await room.KillAsync();
                await _listener.HearWhileAsync(source, room.StartAsync());
            }
        }

        // Sound and silence together are the time that passed.
        var all = (_listener.Heard + _listener.Missing) / 16_000.0;
        Assert.InRange(all, Stopwatch.GetElapsedTime(began).TotalSeconds - 4, Stopwatch.GetElapsedTime(began).TotalSeconds + 1);
        Assert.True(_listener.Losses >= Restarts, $"{_listener.Losses} losses");
    }

    [NeedsFact(PulseRoom.Server)]
    public async Task A_source_that_goes_away_is_not_replaced_by_another()
    {
        await using var room = await PulseRoom.OpenAsync();
        room.EnterThisProcess();
        var module = await room.AddSinkAsync("other");
        using var source = _listener.Open("pulse:other.monitor");
        _listener.Next(source);
        await room.RemoveAsync(module);
        while (_listener.Losses == 0)
        {
            _listener.Next(source);
        }

        Assert.Contains("is gone", _listener.Reasons.First(), StringComparison.Ordinal);
        await room.AddSinkAsync("other");
        while (_listener.News.Last().State != DeviceState.Running)
        {
            _listener.Next(source);
        }

        Assert.Equal("pulse:other.monitor", source.Name);
    }

    [NeedsFact(PulseRoom.Server)]
    public async Task A_running_source_allocates_nothing()
    {
        await using var room = await PulseRoom.OpenAsync();
        room.EnterThisProcess();
        using var source = _listener.Open("pulse:room.monitor");
        _listener.Next(source);
        var buffer = new float[16_000];
        Assert.Equal(0, Allocations.Of(() => source.Read(buffer, 512, CancellationToken.None)));
    }

    [NeedsFact(PulseRoom.Server)]
    public async Task A_name_that_is_not_there_gets_the_list_and_no_server_gets_what_to_do()
    {
        await using var room = await PulseRoom.OpenAsync();
        room.EnterThisProcess();
        Refused("pulse:nothing", AudioDeviceError.NotFound, "The sound server has no source \"nothing\". It has: room.monitor.");
        var listed = Assert.Single(PulseSources.List(ChildProcess.WaitTimeout));
        Assert.Equal(new PulseSource("room.monitor", 2, 48_000, IsMonitor: true, IsDefault: true), listed);
        Assert.Equal("pulse:room.monitor", listed.Device);
        await room.KillAsync();
        Refused("pulse:room.monitor", AudioDeviceError.NotFound, "none runs for this user");
    }
}
