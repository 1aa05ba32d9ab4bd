using System.Diagnostics;
using SernetStream.Audio.Capture;
using SernetStream.Audio.Capture.PortAudio;
using SernetStream.Testing;

namespace SernetStream.Audio.Tests.Capture;

/// <summary>From a played file through PulseAudio, ALSA's plugin and PortAudio to samples.</summary>
[Collection(PortAudioCollection.Name)]
[Trait("Category", "real-parts")]
public sealed class PulseCaptureTests(ITestOutputHelper log)
{
    private const double Frequency = 1000;
    private const double Amplitude = 0.25;

    [NeedsFact(PulseRoom.Server, PulseRoom.Player)]
    public async Task A_tone_played_into_the_room_is_captured_with_its_pitch_and_level()
    {
        await using var room = await PulseRoom.OpenAsync();
        room.EnterThisProcess();
        using var folder = new TemporaryFolder();
        var tone = folder.Write(
            "tone.wav", WavBytes.Pcm(48_000, 1, 16, SineListener.Make(Frequency, 48_000, 3 * 48_000, Amplitude)));

        using var source = PortAudioSource.Open("pulse");
        Assert.Equal("pulse", source.Name);
        Assert.Equal(16_000, source.SampleRate);
        Assert.True(source.IsLive);
        await using var player = room.Play(tone);
        using var patience = new CancellationTokenSource(ChildProcess.WaitTimeout);

        // Starts with the first second that the tone fills.
        var heard = new float[source.SampleRate];
        var start = Stopwatch.GetTimestamp();
        var blocks = 0;
        while (SineListener.Rms(heard) < 0.99 * Amplitude / Math.Sqrt(2))
        {
            var block = Slide(source, heard, patience.Token);
            blocks++;
            Assert.InRange(block.CapturedAt, start, Stopwatch.GetTimestamp());
        }

        log.WriteLine($"{blocks} blocks in {Stopwatch.GetElapsedTime(start)}, {source.Channels} channels");
        Assert.Equal(Amplitude, SineListener.Amplitude(heard, Frequency, source.SampleRate), 0.01);
        Assert.True(SineListener.Amplitude(heard, Frequency + 10, source.SampleRate) < 0.01);
        Assert.True(SineListener.Amplitude(heard, 2 * Frequency, source.SampleRate) < 0.001);
    }

    [NeedsFact(PulseRoom.Server)]
    public async Task Cancelling_wakes_a_waiting_reader()
    {
        await using var room = await PulseRoom.OpenAsync();
        room.EnterThisProcess();
        using var source = PortAudioSource.Open("pulse");
        await room.FreezeAsync();
        using var cancel = new CancellationTokenSource();
        var reading = Task.Run(() => ReadUntilItThrows(source, cancel.Token));
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(ChildProcess.WaitTimeout));
        await room.ThawAsync();
    }

    [NeedsFact(PulseRoom.Server)]
    public async Task A_server_that_dies_ends_the_source_and_a_new_one_works_when_it_is_back()
    {
        await using var room = await PulseRoom.OpenAsync();
        room.EnterThisProcess();
        using (var source = PortAudioSource.Open("pulse"))
        {
            Assert.True(Slide(source, new float[100], CancellationToken.None).Count > 0);
            await room.KillAsync();
            var watch = Stopwatch.StartNew();
            var reading = Task.Run(() => ReadUntilItThrows(source, CancellationToken.None));
            var gone = await Assert.ThrowsAsync<AudioDeviceException>(
                () => reading.WaitAsync(ChildProcess.WaitTimeout));
            log.WriteLine($"{watch.Elapsed}: {gone.Message}");
            Assert.Equal(AudioDeviceError.Gone, gone.Error);
            Assert.True(gone.IsWorthRetrying);
            Assert.Contains("pulse", gone.Message, StringComparison.Ordinal);
        }

        var missing = Assert.Throws<AudioDeviceException>(() => PortAudioSource.Open("pulse"));
        Assert.Equal(AudioDeviceError.NotFound, missing.Error);
        log.WriteLine(missing.Message);

        await room.StartAsync();
        using var again = PortAudioSource.Open("pulse");
        Assert.True(Slide(again, new float[100], CancellationToken.None).Count > 0);
    }

    [NeedsFact(PulseRoom.Server)]
    public async Task A_server_that_is_killed_and_started_again_is_a_gap_in_one_stream()
    {
        await using var room = await PulseRoom.OpenAsync();
        room.EnterThisProcess();
        var news = new System.Collections.Concurrent.ConcurrentQueue<DeviceStatus>();
        using var patience = new CancellationTokenSource(ChildProcess.WaitTimeout);
        using var source = DeviceSource.Open("pulse", report: news.Enqueue, cancellationToken: patience.Token);
        var buffer = new float[4000];
        Assert.True(source.Read(buffer, 1, patience.Token).Count > 0);
        var began = Stopwatch.GetTimestamp();
        await room.KillAsync();

        // Without the server, time goes on as gaps; then the stream continues.
        var (lost, gaps) = (0L, 0);
        while (gaps < 2)
        {
            var block = source.Read(buffer, 1, patience.Token);
            (lost, gaps) = (lost + block.LostBefore, gaps + (block.Count == 0 ? 1 : 0));
        }

        await room.StartAsync();
        var heard = 0L;
        while (heard < 8_000)
        {
            var block = source.Read(buffer, 1, patience.Token);
            (lost, heard) = (lost + block.LostBefore, heard + (news.Last().State == DeviceState.Running ? block.Count : 0));
        }

        foreach (var one in news)
        {
            log.WriteLine($"{one.State} {one.Problem?.Message} {one.IsRealTime}");
        }

        Assert.Contains(news, one => one.State == DeviceState.Lost && one.Problem!.Error == AudioDeviceError.Gone);
        Assert.Contains(news, one => one.IsRealTime is not null);
        Assert.Equal(2, news.Count(one => one is { State: DeviceState.Running, IsRealTime: null }));
        Assert.InRange(lost / 16_000.0, 1, Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    [NeedsFact(PulseRoom.Server)]
    public async Task Opening_on_a_server_that_hangs_ends_in_time_and_works_once_it_goes_on()
    {
        await using var room = await PulseRoom.OpenAsync();
        room.EnterThisProcess();
        await room.FreezeAsync();
        var error = Assert.Throws<AudioDeviceException>(
            () => DeviceSource.Open("pulse", new DeviceOptions { OpenLimit = TimeSpan.FromSeconds(1) }));
        Assert.Equal(AudioDeviceError.NotAnswering, error.Error);
        log.WriteLine(error.Message);
        await room.ThawAsync();
        using var patience = new CancellationTokenSource(ChildProcess.WaitTimeout);
        using var source = DeviceSource.Open("pulse", new DeviceOptions { OpenLimit = TimeSpan.FromMinutes(1) }, cancellationToken: patience.Token);
        Assert.True(source.Read(new float[4000], 1, patience.Token).Count > 0);
    }

    [NeedsFact(PulseRoom.Server)]
    public async Task A_server_that_hangs_ends_the_source_and_cannot_hold_up_its_disposal()
    {
        await using var room = await PulseRoom.OpenAsync();
        room.EnterThisProcess();
        var source = PortAudioSource.Open("pulse");
        await room.FreezeAsync();
        var reading = Task.Run(() => ReadUntilItThrows(source, CancellationToken.None));
        var gone = await Assert.ThrowsAsync<AudioDeviceException>(() => reading.WaitAsync(ChildProcess.WaitTimeout));
        log.WriteLine(gone.Message);
        Assert.Equal(AudioDeviceError.Gone, gone.Error);
        var watch = Stopwatch.StartNew();
        await Task.Run(source.Dispose).WaitAsync(ChildProcess.WaitTimeout);
        log.WriteLine($"disposed in {watch.Elapsed}");
        await room.ThawAsync();
    }

    [NeedsFact(PulseRoom.Server)]
    public async Task The_list_names_the_sound_server_and_a_wrong_name_gets_the_list()
    {
        await using var room = await PulseRoom.OpenAsync();
        room.EnterThisProcess();
        var devices = AudioDevices.List();
        foreach (var device in devices)
        {
            log.WriteLine(device.ToString());
        }

        var pulse = Assert.Single(devices, device => device.Name == "pulse");
        Assert.Equal("ALSA", pulse.HostApi);
        Assert.True(pulse.MaxInputChannels >= 1);
        Assert.True(pulse.DefaultSampleRate > 0);

        var missing = Assert.Throws<AudioDeviceException>(() => PortAudioSource.Open("no such microphone"));
        Assert.Equal(AudioDeviceError.NotFound, missing.Error);
        Assert.Contains($"{pulse.Index} pulse", missing.Message, StringComparison.Ordinal);
        log.WriteLine(missing.Message);

        using var byNumber = PortAudioSource.Open($"{pulse.Index}");
        Assert.Equal("pulse", byNumber.Name);
        using var byPart = PortAudioSource.Open("PULS");
        Assert.Equal("pulse", byPart.Name);
        Assert.Throws<AudioDeviceException>(() => PortAudioSource.Open("hw:7"));
    }

    private static void ReadUntilItThrows(PortAudioSource source, CancellationToken cancellationToken)
    {
        var buffer = new float[4000];
        while (true)
        {
            source.Read(buffer, 1, cancellationToken);
        }
    }

    /// <summary>Waits for a block and appends it to a sliding window.</summary>
    private static AudioBlock Slide(PortAudioSource source, float[] window, CancellationToken cancellationToken)
    {
        var buffer = new float[window.Length];
        var block = source.Read(buffer, 1, cancellationToken);
        window.AsSpan(block.Count).CopyTo(window);
        buffer.AsSpan(0, block.Count).CopyTo(window.AsSpan(window.Length - block.Count));
        return block;
    }
}
