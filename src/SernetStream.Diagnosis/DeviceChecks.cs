using SernetStream.Audio;
using SernetStream.Audio.Capture;
using SernetStream.Audio.Files;
using SernetStream.Publishing;

namespace SernetStream.Diagnosis;

/// <summary>Checks the device: opens it for a second and measures its level.</summary>
internal static class DeviceChecks
{
    private const string Check = "device";
    private const string NoSound = "Plug it in again, or restart the sound server.";

    private const string OnlyZeros =
        "Look for a mute switch on the device and in the mixer (alsamixer, F4), and check that the right input and the right channel (capture.channel) are chosen.";

    private static readonly TimeSpan WaitTimeout = TimeSpan.FromSeconds(8);

    /// <summary>Opens a source and listens to a second of it.</summary>
    /// <param name="device">What was asked for.</param>
    /// <param name="open">Opens it.</param>
    /// <param name="stop">Ends the listening.</param>
    public static Finding Listen(string device, Func<IAudioSource> open, CancellationToken stop)
    {
        if (device == AudioSourceFactory.StandardInput)
        {
            return Finding.Ok(Check, "Standard input is not tested: samples read here would be missing later.");
        }

        try
        {
            using var source = open();
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
            limit.CancelAfter(WaitTimeout);
            return Judge(source, Hear(source, limit.Token, out var seconds), seconds);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return Finding.Fault(
                Check, $"{AudioSourceFactory.NameOf(device)} was opened, but delivers nothing.", NoSound);
        }
        catch (Exception error) when (error is AudioDeviceException or AudioFileException)
        {
            return Finding.Of(Check, error, "'sernetd devices' lists all devices.");
        }
    }

    /// <summary>A device that a node listens to, judged by what came of it.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="state">How the microphone was when it was last looked at; null: it is a file.</param>
    public static Finding Watched(string name, MicrophoneState? state) => state switch
    {
        null => Finding.Ok(Check, $"{name} is a file, and is read."),
        MicrophoneState.Dead => Finding.Fault(Check, $"No sound comes from {name}.", NoSound),
        MicrophoneState.Muted => Finding.Fault(Check, $"{name} delivers nothing but zeros.", OnlyZeros),
        _ => Finding.Ok(Check, $"Sound comes from {name}."),
    };

    /// <summary>Peak and root mean square of a second.</summary>
    private static (double Peak, double Level) Hear(IAudioSource source, CancellationToken stop, out double seconds)
    {
        var buffer = new float[4096];
        var (peak, energy, heard) = (0.0, 0.0, 0L);
        while (heard < source.SampleRate)
        {
            var block = source.Read(buffer, buffer.Length, stop);
            if (block.IsEnd)
            {
                break;
            }

            foreach (var sample in buffer.AsSpan(0, block.Count))
            {
                peak = Math.Max(peak, Math.Abs(sample));
                energy += sample * (double)sample;
            }

            heard += block.Count;
        }

        seconds = (double)heard / source.SampleRate;
        return (peak, Math.Sqrt(energy / Math.Max(1, heard)));
    }

    private static Finding Judge(IAudioSource source, (double Peak, double Level) heard, double seconds)
    {
        var name = source.Name;
        var level = $"{seconds:0.0} s heard from {name}: level {Decibels(heard.Level)}, peak {Decibels(heard.Peak)}";
        return heard switch
        {
            { Peak: 0 } => Finding.Fault(
                Check,
                $"{name} delivers nothing but zeros.",
                OnlyZeros),
            { Peak: >= 0.999 } => Finding.Warning(
                Check, $"{level}: it is overdriven.", "Lower the capture volume (alsamixer, F4)."),
            { Level: < 3e-5 } => Finding.Warning(
                Check, $"{level}: very quiet.", "Raise the capture volume (alsamixer, F4), or speak while the doctor listens."),
            _ when source.ChannelNote is { } note => Finding.Warning(
                Check, $"{level}; {note}.", "Look at the cable and the plug, or set capture.channel to the right channel."),
            _ => Finding.Ok(Check, level + "."),
        };
    }

    private static string Decibels(double amplitude) => amplitude > 0 ? $"{20 * Math.Log10(amplitude):0} dB" : "none";
}
