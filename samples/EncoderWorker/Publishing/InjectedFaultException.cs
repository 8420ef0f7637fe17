namespace EncoderWorker.Publishing;

/// <summary>The fault that the sample stages on purpose.</summary>
internal sealed class InjectedFaultException(int files, int total)
    : IOException($"injected fault: the upload was cut after {files} of {total} files");
