using System.Diagnostics;
using SernetStream.Audio;
using SernetStream.Pipeline.Echo;

namespace SernetStream.Soak;

/// <summary>When somebody says something, in seconds.</summary>
internal readonly record struct Saying(double Start, double End)
{
    /// <summary>How much of this lies in another, 0..1.</summary>
    public double ShareIn(double start, double end) =>
        Math.Max(0, Math.Min(End, end) - Math.Max(Start, start)) / (End - Start);
}

/// <summary>
/// A living room, mixed from recordings: a television that plays speech of other corpora through a measured room, and now and then a
/// person of EMO-DB, who speaks in the same room.
/// </summary>
internal sealed class LivingRoom
{
    private const int Rate = Sounds.SampleRate;
    private const double Level = 0.03;

    private LivingRoom(float[] played, float[] heard, List<Saying> television, List<Saying> people) =>
        (Played, Heard, Television, People) = (played, heard, television, people);

    /// <summary>What the television sends to its speakers.</summary>
    public float[] Played { get; }

    /// <summary>What the microphone hears.</summary>
    public float[] Heard { get; }

    public List<Saying> Television { get; }

    public List<Saying> People { get; }

    /// <summary>Mixes one.</summary>
    /// <param name="seconds">How long.</param>
    /// <param name="levelDb">How much louder a person is than the television, at the microphone.</param>
    /// <param name="random">Draws recordings, places in the room and pauses.</param>
    /// <param name="programme">Recordings that the television plays.</param>
    /// <param name="people">Recordings of people.</param>
    /// <param name="rooms">Impulse responses.</param>
    public static LivingRoom Mix(
        double seconds, double levelDb, Random random, string[] programme, string[] people, string[] rooms)
    {
        var played = new float[(int)(seconds * Rate)];
        var television = Lay(played, programme, random, first: 0.5, (0.2, 1.5), 1, place: null);
        var heard = Convolution.Of(played, Sounds.Load(rooms[random.Next(rooms.Length)]));
        Scale(heard, Level / Sounds.Rms(heard));
        var placeOfPeople = Sounds.Load(rooms[random.Next(rooms.Length)]);
        var spoken = Lay(heard, people, random, first: 15, (4, 8), Math.Pow(10, levelDb / 20), placeOfPeople);
        for (var i = 0; i < heard.Length; i++)
        {
            // A microphone that is 35 dB better than the television is loud.
            heard[i] += (float)((random.NextDouble() - 0.5) * Math.Sqrt(12) * Level * 0.018);
        }

        return new LivingRoom(played, heard, television, spoken);
    }

    private static List<Saying> Lay(
        float[] onto, string[] files, Random random, double first, (double Min, double Max) pause, double gain, float[]? place)
    {
        var sayings = new List<Saying>();
        var at = (int)(first * Rate);
        while (true)
        {
            var clip = Sounds.Load(files[random.Next(files.Length)]);
            var sound = place is null ? clip : Convolution.Of(clip, place)[..clip.Length];
            if (at + sound.Length >= onto.Length)
            {
                return sayings;
            }

            Scale(sound, gain * Level / Sounds.Rms(sound));
            for (var i = 0; i < sound.Length; i++)
            {
                onto[at + i] += sound[i];
            }

            // Recordings begin and end with silence.
            var loud = sound.Max(Math.Abs) / 20;
            var (start, end) = (Array.FindIndex(sound, sample => Math.Abs(sample) > loud), Array.FindLastIndex(sound, sample => Math.Abs(sample) > loud));
            sayings.Add(new Saying((double)(at + start) / Rate, (double)(at + end) / Rate));
            at += sound.Length + (int)((pause.Min + (random.NextDouble() * (pause.Max - pause.Min))) * Rate);
        }
    }

    private static void Scale(float[] samples, double gain)
    {
        foreach (ref var sample in samples.AsSpan())
        {
            sample *= (float)gain;
        }
    }
}

/// <summary>
/// The microphone of a <see cref="LivingRoom"/>, and beside it the monitor of the television, whose sound comes so much earlier, whose
/// clock is off by so much, and whose dates are wrong by up to five milliseconds.
/// </summary>
internal sealed class LivingRoomSource : IAudioSource
{
    private const int Ahead = Sounds.SampleRate / 5;
    private const double DateErrorSeconds = 0.005;

    private readonly LivingRoom _room;
    private readonly MonitorTrack? _track;
    private readonly double _delay;
    private readonly double _clock;
    private readonly Random _random = new(1);
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly float[] _played = new float[160];
    private long _delivered;
    private long _monitored;

    public LivingRoomSource(LivingRoom room, MonitorTrack? track, double delaySeconds, double partsPerMillion) =>
        (_room, _track, _delay, _clock) = (room, track, delaySeconds, 1 + (partsPerMillion / 1e6));

    public string Name => "living room";

    public int SampleRate => Sounds.SampleRate;

    public bool IsLive => false;

    public AudioBlock Read(Span<float> destination, int wanted, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var count = (int)Math.Min(Math.Min(destination.Length, 512), _room.Heard.Length - _delivered);
        _room.Heard.AsSpan((int)_delivered, count).CopyTo(destination);
        _delivered += count;
        Monitor();
        return new AudioBlock(count, At(_delivered / (double)SampleRate), 0);
    }

    public void Dispose()
    {
    }

    /// <summary>The monitor's samples, up to a moment later than the microphone's.</summary>
    private void Monitor()
    {
        while (_track is not null && _monitored < _clock * (_delivered + Ahead))
        {
            for (var i = 0; i < _played.Length; i++)
            {
                var at = ((_monitored + i) / _clock) + (_delay * SampleRate);
                var before = (int)at;
                _played[i] = before < 0 || before + 1 >= _room.Played.Length
                    ? 0
                    : (float)((_room.Played[before] * (1 - (at - before))) + (_room.Played[before + 1] * (at - before)));
            }

            _monitored += _played.Length;
            _track.Write(_played, At((_monitored / _clock / SampleRate) + ((_random.NextDouble() - 0.5) * 2 * DateErrorSeconds)));
        }
    }

    private long At(double seconds) => _began + (long)(seconds * Stopwatch.Frequency);
}

/// <summary>What a room makes of a sound.</summary>
internal static class Convolution
{
    private const int Length = 65536;

    public static float[] Of(float[] sound, float[] response)
    {
        var transform = new PairTransform(Length);
        var half = Length / 2;
        var (a, b) = (new float[Length], new float[Length]);
        var (of, way, none) = (new Spectrum((Length / 2) + 1), new Spectrum((Length / 2) + 1), new Spectrum((Length / 2) + 1));
        var (piece, padded) = (new float[Length], new float[Length]);
        response.AsSpan(0, Math.Min(half, response.Length)).CopyTo(padded);
        var result = new float[sound.Length];
        for (var start = 0; start < sound.Length; start += half)
        {
            Array.Clear(piece);
            sound.AsSpan(start, Math.Min(half, sound.Length - start)).CopyTo(piece);
            transform.Forward(piece, padded, of, way);
            for (var k = 0; k <= half; k++)
            {
                (of.Re[k], of.Im[k]) = ((of.Re[k] * way.Re[k]) - (of.Im[k] * way.Im[k]), (of.Re[k] * way.Im[k]) + (of.Im[k] * way.Re[k]));
            }

            none.Clear();
            transform.Inverse(of, none, a, b);
            for (var i = 0; i < Math.Min(Length, sound.Length - start); i++)
            {
                result[start + i] += a[i];
            }
        }

        return result;
    }
}
