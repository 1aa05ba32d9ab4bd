using System.Runtime.InteropServices;

namespace SernetStream.Publishing;

/// <summary>How many places of a queue each room holds: where the queue is full, the one that holds most gives one up.</summary>
internal sealed class Shares
{
    private readonly Dictionary<string, int> _placesOf = new(StringComparer.Ordinal);

    /// <summary>What the room with most places holds.</summary>
    public int Largest
    {
        get
        {
            var largest = 0;
            foreach (var places in _placesOf.Values)
            {
                largest = Math.Max(largest, places);
            }

            return largest;
        }
    }

    /// <summary>The places that a room holds.</summary>
    public int Of(string room) => _placesOf.GetValueOrDefault(room);

    /// <summary>A room takes a place.</summary>
    public void Take(string room) => CollectionsMarshal.GetValueRefOrAddDefault(_placesOf, room, out _)++;

    /// <summary>A room gives a place back.</summary>
    public void Return(string room)
    {
        if (--CollectionsMarshal.GetValueRefOrNullRef(_placesOf, room) == 0)
        {
            _placesOf.Remove(room);
        }
    }

    /// <summary>Nobody holds any.</summary>
    public void Clear() => _placesOf.Clear();
}
