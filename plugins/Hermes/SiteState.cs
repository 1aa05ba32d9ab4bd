using System.Buffers;

namespace SernetStream.Plugins.Hermes;

/// <summary>
/// What Rhasspy says of one room: what it plays there, and whether a wake word may be detected. May be used by any thread.
/// </summary>
/// <remarks>
/// An answer is a sentence to be said, then a sound to be played, both under one id. That the sentence is said may mean that its
/// sound is made or that it was played, so the sound counts.
/// </remarks>
/// <param name="site">The room.</param>
/// <param name="speech">Is held while something plays; null: nobody heeds it.</param>
internal sealed class SiteState(string site, LoudspeakerHold? speech)
{
    private const int Most = 64;

    private readonly Lock _gate = new();
    private readonly string _playBytes = HermesMessage.PlayBytes(site);
    private readonly string _playFinished = HermesMessage.PlayFinished(site);
    private readonly HashSet<string> _said = new(StringComparer.Ordinal);
    private readonly HashSet<string> _played = new(StringComparer.Ordinal);
    private readonly HashSet<string> _reasonsAgainstWaking = new(StringComparer.Ordinal);
    private volatile bool _mayWake = true;

    /// <summary>What is to be subscribed to.</summary>
    public IEnumerable<string> Filters =>
        [HermesMessage.Say, HermesMessage.SayFinished, _playBytes + "#", _playFinished, HermesMessage.HotwordOn, HermesMessage.HotwordOff];

    /// <summary>Whether a wake word may be detected; any thread may ask.</summary>
    public bool MayWake => _mayWake;

    /// <summary>Takes a message.</summary>
    public void Take(string topic, ReadOnlySequence<byte> payload)
    {
        lock (_gate)
        {
            Heed(topic, payload);
        }
    }

    /// <summary>The broker is gone, and nobody will say when it ends.</summary>
    public void Forget()
    {
        lock (_gate)
        {
            _said.Clear();
            _played.Clear();
            _reasonsAgainstWaking.Clear();
            _mayWake = true;
            speech?.End();
        }
    }

    private void Heed(string topic, ReadOnlySequence<byte> payload)
    {
        if (topic.StartsWith(_playBytes, StringComparison.Ordinal))
        {
            Begin(_played, topic[_playBytes.Length..]);
        }
        else if (topic == _playFinished)
        {
            // Its site is in the topic, and need not be in the message.
            End(_played, HermesMessage.IdOf(payload));
        }
        else if (topic == HermesMessage.Say)
        {
            Begin(_said, HermesMessage.TextFor(site, payload, "id"));
        }
        else if (topic == HermesMessage.SayFinished)
        {
            End(_said, HermesMessage.TextFor(site, payload, "id"));
        }
        else if (HermesMessage.TextFor(site, payload, "reason") is { } reason)
        {
            // Several parts of Rhasspy switch it, each for a reason of its own.
            _ = topic == HermesMessage.HotwordOn ? _reasonsAgainstWaking.Remove(reason) : _reasonsAgainstWaking.Add(reason);
            _mayWake = _reasonsAgainstWaking.Count == 0;
        }
    }

    private void Begin(HashSet<string> going, string? id)
    {
        if (id is not null)
        {
            if (going.Count == Most)
            {
                going.Clear();
            }

            going.Add(id);
            speech?.Begin();
        }
    }

    /// <summary>One has ended, or all if it is not said which.</summary>
    private void End(HashSet<string> going, string? id)
    {
        if (id is null)
        {
            return;
        }

        if (id.Length == 0)
        {
            going.Clear();
        }

        going.Remove(id);
        if (_said.Count + _played.Count == 0)
        {
            speech?.End();
        }
    }
}
