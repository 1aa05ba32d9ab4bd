namespace SernetStream.Audio.Capture;

/// <summary>
/// The faults of a capture device. One kind for each fault that a caller may treat differently.
/// </summary>
public enum AudioDeviceError
{
    /// <summary>
    /// No device fits the request. Fires on opening. Trying again helps when the device may be plugged in or its sound
    /// server started meanwhile.
    /// </summary>
    NotFound,

    /// <summary>The request is part of several devices' names. Fires on opening. Only another request helps.</summary>
    Ambiguous,

    /// <summary>The device exists, but only plays. Fires on opening. Only another request helps.</summary>
    NoInputs,

    /// <summary>Another program holds the device. Fires on opening. Trying again helps once it lets go.</summary>
    Busy,

    /// <summary>
    /// This user may not open the device. Fires on opening. Trying again helps only after an administrator.
    /// </summary>
    NoPermission,

    /// <summary>
    /// The device refused every rate and number of channels it was offered, or standard input is not a stream of
    /// samples. Fires on opening. Trying again does not help.
    /// </summary>
    FormatRefused,

    /// <summary>
    /// The device was unplugged, its sound server ended, or it no longer delivers anything. Fires while reading. The
    /// source is of no further use; opening a new one helps once the device is back, perhaps under another number.
    /// </summary>
    Gone,

    /// <summary>
    /// The sound system did not answer within the time it was given. Fires on opening. Trying again helps once the sound
    /// server goes on or was restarted.
    /// </summary>
    NotAnswering,

    /// <summary>
    /// A native library is not installed. Fires on first use. Trying again helps only after installing it.
    /// </summary>
    LibraryMissing,

    /// <summary>
    /// A program that the device is heard through is not installed. Fires on opening. Trying again helps only after
    /// installing it.
    /// </summary>
    ProgramMissing,

    /// <summary>
    /// Anything else that the sound system reports; the message carries its words. Fires on opening and while reading.
    /// Trying again may help.
    /// </summary>
    Failed,
}

/// <summary>
/// A capture device or standard input cannot be used. The message is a sentence that says what to do.
/// </summary>
public sealed class AudioDeviceException : Exception
{
    /// <inheritdoc cref="AudioDeviceException"/>
    public AudioDeviceException(AudioDeviceError error, string message, Exception? innerException = null)
        : base(message, innerException)
    {
        Error = error;
    }

    /// <summary>What happened.</summary>
    public AudioDeviceError Error { get; }

    /// <summary>
    /// True if opening the same device again later may succeed with nobody changing the configuration.
    /// </summary>
    public bool IsWorthRetrying =>
        Error is AudioDeviceError.NotFound or AudioDeviceError.Busy or AudioDeviceError.Gone
            or AudioDeviceError.NotAnswering or AudioDeviceError.Failed;
}
