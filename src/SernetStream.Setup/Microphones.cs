using System.Diagnostics;
using SernetStream.Audio;
using SernetStream.Audio.Capture;
using SernetStream.Configuration;

namespace SernetStream.Setup;

/// <summary>Lets somebody choose a microphone, and see that it hears.</summary>
internal static class Microphones
{
    private const int BarLength = 40;
    private const double QuietestShown = -80;
    private static readonly TimeSpan ShowTime = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan ShowStep = TimeSpan.FromMilliseconds(100);

    /// <summary>What <c>device</c> is to be.</summary>
    /// <exception cref="AudioDeviceException">There is none, or the sound system does not answer.</exception>
    /// <exception cref="CommandException">Nobody says which.</exception>
    public static string Choose(Conversation talk, CancellationToken stop)
    {
        var devices = AudioDevices.List();
        if (devices.Count == 0)
        {
            throw new AudioDeviceException(
                AudioDeviceError.NotFound, "There is no microphone: plug one in, or start a sound server, and run 'sernetd setup' again.");
        }

        var offers = devices.Select(device => (StableName(device, devices), $"{device.Name}, {device.HostApi}")).ToList();
        var proposed = Math.Max(0, devices.ToList().FindIndex(device => device.IsDefault));
        while (true)
        {
            if (talk.IsAsking)
            {
                talk.Say("Microphones:");
            }

            var chosen = talk.Choose("Which one?", offers, proposed, "--device");
            if (!talk.IsAsking || Hears(talk, chosen, stop))
            {
                return chosen;
            }
        }
    }

    /// <summary>A name that stays when devices come and go: without the number of the card, where that is enough.</summary>
    internal static string StableName(AudioDevice device, IReadOnlyList<AudioDevice> all)
    {
        var cut = device.Name.IndexOf(" (hw:", StringComparison.Ordinal);
        var name = cut > 0 ? device.Name[..cut] : device.Name;
        return all.Count(other => other.Name.Contains(name, StringComparison.OrdinalIgnoreCase)) == 1 ? name : device.Name;
    }

    /// <summary>Shows the level while somebody speaks.</summary>
    private static bool Hears(Conversation talk, string device, CancellationToken stop)
    {
        try
        {
            using var source = AudioSourceFactory.Open(device, cancellationToken: stop);
            talk.Say($"Say something: this is the level of {source.Name}, for {ShowTime.TotalSeconds:0} seconds.");
            var loudest = Show(talk, source, stop);
            talk.Say();
            if (loudest > double.NegativeInfinity)
            {
                return talk.Confirm($"The loudest was {loudest:0} dB. Did the bar move when you spoke?", proposed: true);
            }

            talk.Say("It delivers nothing but zeros: look for a mute switch on it and in the mixer (alsamixer, F4).");
        }
        catch (AudioDeviceException error)
        {
            talk.Say(error.Message);
        }

        return talk.Confirm("Use it all the same?", proposed: false);
    }

    private static double Show(Conversation talk, IAudioSource source, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(ShowTime);
        var buffer = new float[source.SampleRate];
        var (loudest, energy, samples, shown) = (double.NegativeInfinity, 0.0, 0L, Stopwatch.GetTimestamp());
        try
        {
            while (source.Read(buffer, source.SampleRate / 20, limit.Token) is { IsEnd: false } block)
            {
                foreach (var sample in buffer.AsSpan(0, block.Count))
                {
                    energy += (double)sample * sample;
                }

                samples += block.Count;
                if (Stopwatch.GetElapsedTime(shown) >= ShowStep && samples > 0)
                {
                    var level = 10 * Math.Log10(energy / samples);
                    loudest = Math.Max(loudest, level);
                    talk.Show(Bar(level));
                    (energy, samples, shown) = (0, 0, Stopwatch.GetTimestamp());
                }
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // The time is over.
        }

        return loudest;
    }

    private static string Bar(double level)
    {
        var share = Math.Clamp((level - QuietestShown) / -QuietestShown, 0, 1);
        return $"  {new string('#', (int)(share * BarLength)),-BarLength} {Math.Max(level, QuietestShown),4:0} dB";
    }
}
