using System.Diagnostics;
using SernetStream.Audio.Capture;
using SernetStream.Testing;

namespace SernetStream.Audio.Tests.Capture;

public class DeviceSourceTests
{
    private static readonly DeviceOptions Waiting = new()
    {
        WaitForDevice = true,
        FirstRetry = TimeSpan.FromMilliseconds(1),
        LongestRetry = TimeSpan.FromMilliseconds(4),
    };

    [Theory]
    [InlineData(AudioDeviceError.NotFound)]
    [InlineData(AudioDeviceError.Busy)]
    [InlineData(AudioDeviceError.NoPermission)]
    [InlineData(AudioDeviceError.FormatRefused)]
    [InlineData(AudioDeviceError.NoInputs)]
    [InlineData(AudioDeviceError.Failed)]
    public void A_device_that_is_lost_is_opened_again_whatever_is_in_the_way(AudioDeviceError inTheWay)
    {
        var device = new FaultyDevice().Runs(blocks: 2).Fails(inTheWay).Fails(inTheWay).Runs(blocks: 2);
        using var source = device.Source().Begin(CancellationToken.None);
        var heard = Listen(source, samples: 4 * 320);
        Assert.Equal(4 * 320, heard.Samples);
        Assert.Equal(
            [
                DeviceState.Opening, DeviceState.Running, DeviceState.Lost,
                DeviceState.BackingOff, DeviceState.Opening, DeviceState.BackingOff, DeviceState.Opening,
                DeviceState.BackingOff, DeviceState.Opening, DeviceState.Running,
            ],
            device.States);
        Assert.Equal(inTheWay, device.News.Last(news => news.State == DeviceState.BackingOff).Problem!.Error);
        Assert.True(device.Opened[0].IsDisposed);
        Assert.Collection(
            device.News.Select(news => news.RetryAfter?.TotalMilliseconds).OfType<double>(),
            wait => Assert.InRange(wait, 1, 2),
            wait => Assert.InRange(wait, 2, 4),
            wait => Assert.InRange(wait, 2, 4));
    }

    [Fact]
    public void A_device_that_runs_and_fails_in_turns_is_opened_ever_more_slowly()
    {
        var device = new FaultyDevice().Runs(1).Runs(1).Runs(1).Runs(1).Runs(1);
        var slow = new DeviceOptions { FirstRetry = TimeSpan.FromMilliseconds(1), LongestRetry = TimeSpan.FromMinutes(10) };
        using var source = device.Source(slow).Begin(CancellationToken.None);
        Listen(source, samples: 5 * 320);
        Assert.Collection(
            device.News.Select(news => news.RetryAfter?.TotalMilliseconds).OfType<double>(),
            wait => Assert.InRange(wait, 1, 2),
            wait => Assert.InRange(wait, 2, 4),
            wait => Assert.InRange(wait, 4, 8),
            wait => Assert.InRange(wait, 8, 16));
    }

    [Fact]
    public void The_time_it_was_away_is_told_as_a_gap()
    {
        var device = new FaultyDevice().Runs(blocks: 2);
        for (var i = 0; i < 40; i++)
        {
            device.Fails(AudioDeviceError.NotFound);
        }

        device.Runs(blocks: 2);
        using var source = device.Source(new DeviceOptions { FirstRetry = TimeSpan.FromMilliseconds(20), LongestRetry = TimeSpan.FromMilliseconds(40) });
        source.Begin(CancellationToken.None);
        var began = Stopwatch.GetTimestamp();
        var heard = Listen(source, samples: 4 * 320);
        var elapsed = Stopwatch.GetElapsedTime(began).TotalSeconds;

        // Samples and gaps together cover the elapsed time. A gap is reported in parts while it lasts.
        Assert.InRange((heard.Samples + heard.Lost) / 16_000.0, elapsed - 0.3, elapsed + 0.1);
        Assert.InRange(heard.Lost / 16_000.0, 1, elapsed);
        Assert.True(heard.EmptyGaps >= 2, $"{heard.EmptyGaps} gaps were told while it was away");
    }

    [Fact]
    public void A_device_that_comes_back_with_another_rate_goes_on_as_the_same_stream()
    {
        var device = new FaultyDevice().Runs(blocks: 50, sampleRate: 16_000).Runs(blocks: 50, sampleRate: 48_000).Runs(blocks: 50, sampleRate: 44_100);
        using var source = device.Source().Begin(CancellationToken.None);
        Assert.Equal(16_000, source.SampleRate);
        var heard = Listen(source, samples: 3 * 15_900);
        Assert.InRange(heard.Largest, 0.9f, 1.1f);
        Assert.Equal(3, device.Opened.Count);
    }

    [Theory]
    [InlineData(44_100)]
    [InlineData(48_000)]
    public void What_nobody_may_hear_is_not_heard_later_out_of_the_resampler(int sampleRate)
    {
        using var source = new FaultyDevice().Runs(blocks: 10, sampleRate: sampleRate).Source().Begin(CancellationToken.None);
        var buffer = new float[1600];
        Assert.True(source.Read(buffer, 1, CancellationToken.None).Count > 0);
        source.Silence();

        // The samples so far, ones, have become zeros; new ones come after half a filter.
        Assert.True(source.Read(buffer, 1, CancellationToken.None).Count > 100);
        Assert.InRange(buffer[..20].Max(Math.Abs), 0, 0.1f);
        Assert.InRange(buffer[300], 0.9f, 1.1f);
    }

    [Fact]
    public void A_device_that_is_not_there_at_the_start_is_an_error()
    {
        var device = new FaultyDevice().Fails(AudioDeviceError.NotFound).Runs(1);
        var error = Assert.Throws<AudioDeviceException>(() => device.Source().Begin(CancellationToken.None));
        Assert.Equal(AudioDeviceError.NotFound, error.Error);
        Assert.Empty(device.Opened);
    }

    [Theory]
    [InlineData(AudioDeviceError.NotFound)]
    [InlineData(AudioDeviceError.Busy)]
    [InlineData(AudioDeviceError.NoPermission)]
    public void Or_it_is_waited_for(AudioDeviceError error)
    {
        var device = new FaultyDevice().Fails(error).Fails(error).Fails(error).Runs(1);
        using var source = device.Source(Waiting).Begin(CancellationToken.None);
        Assert.Equal(320, Listen(source, samples: 320).Samples);
    }

    [Theory]
    [InlineData(AudioDeviceError.Ambiguous)]
    [InlineData(AudioDeviceError.NoInputs)]
    [InlineData(AudioDeviceError.FormatRefused)]
    [InlineData(AudioDeviceError.LibraryMissing)]
    [InlineData(AudioDeviceError.ProgramMissing)]
    public void What_waiting_cannot_mend_is_an_error_at_once(AudioDeviceError error)
    {
        using var source = new FaultyDevice().Fails(error).Source(Waiting).Begin(CancellationToken.None);
        Assert.Equal(error, Assert.Throws<AudioDeviceException>(() => Listen(source, 1)).Error);
    }

    [Fact]
    public void Without_reopening_a_lost_device_is_an_error()
    {
        using var source = new FaultyDevice().Runs(1).Runs(1).Source(new DeviceOptions { Reopen = false }).Begin(CancellationToken.None);
        Assert.Equal(AudioDeviceError.Gone, Assert.Throws<AudioDeviceException>(() => Listen(source, 640)).Error);
    }

    [Fact]
    public void A_sound_system_that_does_not_answer_is_an_error_and_closes_what_it_opens_too_late()
    {
        using var released = new ManualResetEventSlim();
        var device = new FaultyDevice().HangsUntil(released);
        var error = Assert.Throws<AudioDeviceException>(
            () => device.Source(new DeviceOptions { OpenLimit = TimeSpan.FromSeconds(0.1) }).Begin(CancellationToken.None));
        Assert.Equal(AudioDeviceError.NotAnswering, error.Error);
        Assert.Contains("hw:1", error.Message, StringComparison.Ordinal);
        released.Set();
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                lock (device.Opened)
                {
                    return device.Opened is [{ IsDisposed: true }];
                }
            },
            ChildProcess.WaitTimeout));
    }

    [Fact]
    public void A_sound_system_that_answers_late_is_taken_when_it_does()
    {
        using var released = new ManualResetEventSlim();
        var device = new FaultyDevice().Runs(1).HangsUntil(released);
        var options = new DeviceOptions { OpenLimit = TimeSpan.FromSeconds(0.1), FirstRetry = TimeSpan.FromMilliseconds(1) };
        using var source = device.Source(options).Begin(CancellationToken.None);
        var heard = Listen(source, samples: 640, onGap: () =>
        {
            if (device.News.Last() is { Problem.Error: AudioDeviceError.NotAnswering })
            {
                released.Set();
            }
        });
        Assert.Equal(640, heard.Samples);
        // Reported once, and not opened again while the first attempt hangs.
        Assert.Single(device.News, news => news.Problem?.Error == AudioDeviceError.NotAnswering);
        Assert.Equal(2, device.Opened.Count);
    }

    [Fact]
    public async Task Cancelling_ends_every_wait()
    {
        using var released = new ManualResetEventSlim();
        using var stop = new CancellationTokenSource();
        var opening = Task.Run(() => new FaultyDevice().HangsUntil(released).Source().Begin(stop.Token));
        using var absent = new FaultyDevice().Source(Waiting with { LongestRetry = TimeSpan.FromMinutes(1), FirstRetry = TimeSpan.FromMinutes(1) });
        var waiting = Task.Run(() => Listen(absent, 1, stop: stop.Token));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening.WaitAsync(ChildProcess.WaitTimeout));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(ChildProcess.WaitTimeout));
        released.Set();
    }

    [Fact]
    public void One_that_was_lost_is_closed_even_if_it_is_not_opened_again()
    {
        var device = new FaultyDevice().Runs(1);
        using (var source = device.Source(Waiting with { LongestRetry = TimeSpan.FromMinutes(1), FirstRetry = TimeSpan.FromMinutes(1) }))
        {
            var buffer = new float[4096];
            while (source.Read(buffer, 1, CancellationToken.None).LostBefore == 0)
            {
            }
        }

        Assert.True(Assert.Single(device.Opened).IsDisposed);
    }

    [Fact]
    public void A_night_of_sleep_is_a_gap()
    {
        var (boot, monotonic) = (0L, 0L);
        var suspend = new SuspendWatch(() => boot, () => monotonic);
        using var source = new FaultyDevice().Runs(3).Source(suspend: suspend).Begin(CancellationToken.None);
        Assert.Equal(0, Listen(source, 320).Lost);
        (boot, monotonic) = (8L * 3600 * 1_000_000_000, 20_000_000);
        Assert.Equal((8L * 3600 * 16_000) - 320, Listen(source, 320).Lost);
        Assert.Equal(0, Listen(source, 320).Lost);
    }

    [Theory]
    [InlineData(0, "openLimit is 0 s")]
    [InlineData(601, "openLimit is 601 s")]
    public void Options_that_make_no_sense_are_refused(double openLimit, string because)
    {
        var error = Assert.Throws<ArgumentException>(
            () => new FaultyDevice().Source(new DeviceOptions { OpenLimit = TimeSpan.FromSeconds(openLimit) }));
        Assert.Contains(because, error.Message, StringComparison.Ordinal);
    }

    private static (long Samples, long Lost, int EmptyGaps, float Largest) Listen(
        DeviceSource source, long samples, Action? onGap = null, CancellationToken stop = default)
    {
        using var patience = new CancellationTokenSource(ChildProcess.WaitTimeout);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stop, patience.Token);
        var buffer = new float[4096];
        var (heard, lost, gaps, largest) = (0L, 0L, 0, 0f);
        while (heard < samples)
        {
            var block = source.Read(buffer, 1, both.Token);
            Assert.False(block.IsEnd);
            (heard, lost) = (heard + block.Count, lost + block.LostBefore);
            largest = block.Count == 0 ? largest : Math.Max(largest, buffer.Take(block.Count).Max());
            if (block.Count == 0)
            {
                gaps++;
                onGap?.Invoke();
            }
        }

        return (heard, lost, gaps, largest);
    }
}
