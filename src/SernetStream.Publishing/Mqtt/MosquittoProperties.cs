namespace SernetStream.Publishing.Mqtt;

/// <summary>A list of MQTT 5 properties, freed at the end of the call it is for. Empty, it is good for 3.1.1 as well.</summary>
internal sealed class MosquittoProperties : IDisposable
{
    private nint _list;

    /// <summary>A <c>mosquitto_property *</c>; 0 while the list is empty.</summary>
    public nint Pointer => _list;

    /// <exception cref="InvalidOperationException">libmosquitto has no memory for it.</exception>
    public void Add(int identifier, uint value)
    {
        if (MosquittoNative.AddProperty(ref _list, identifier, value) != (int)MosquittoError.Success)
        {
            throw new InvalidOperationException("libmosquitto has no memory for a property.");
        }
    }

    public void Dispose()
    {
        if (_list != 0)
        {
            MosquittoNative.FreeProperties(ref _list);
        }
    }
}
