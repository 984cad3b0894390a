/**
 * An encoded image: a file that somebody chose, `fs.openAsBlob` of Node.js, or its bytes.
 *
 * @typedef {Blob | ArrayBuffer | ArrayBufferView<ArrayBuffer>} Photo
 */
/** @typedef {"jpeg" | "png" | "webp"} Format */
/**
 * How the background shall be blurred, and the answer encoded; the server has a default for each.
 *
 * @typedef {object} Blur
 * @property {number} [strength] 0 to 0.15: diameter of the blur as a fraction of the longer side
 * @property {"lens" | "gaussian"} [bokeh]
 * @property {"auto" | "flat"} [depth] auto: by distance, where it is known; flat: all of the background alike
 * @property {"white" | "black"} [depthNear] what is near in a map that is sent
 * @property {number} [focus] 0 to 1, the nearest: which disparity is in focus
 * @property {boolean} [grain] whether what is blurred by depth gets the photo's grain back
 * @property {"auto" | "always" | "never"} [fallback] when to blur only gently
 * @property {Format} [format]
 * @property {number} [quality] 1 to 100
 * @property {"none" | "basic"} [metadata] basic: capture time, camera, lens, artist, copyright and rating stay
 * @property {"blurred" | "cutout" | "mask"} [output] what `blurred` of the answer shows
 * @property {string} [background] of a cut-out, such as "#ffffff"; without it, the cut-out is transparent
 * @property {number} [maxSide] longest side of the answer's images, in pixels
 */
/**
 * What may be asked for when Focal finds the subject.
 *
 * @typedef {object} Finding
 * @property {"auto" | "refined" | "classic" | "none"} [mask]
 * @property {"auto" | "off"} [people] whether to look for people, too
 * @property {number | string} [target] ImageNet class, index or label, to focus on instead of the most probable one
 * @property {readonly [number, number]} [point] x and y, fractions of width and height: the subject there stays sharp
 * @property {readonly (readonly [number, number] | {x: number, y: number, keep?: boolean})[]} [points] several; those
 *   with `keep: false` take away what is there
 */
/**
 * What an earlier answer said of the photo, and, with a map of depth, the point in focus.
 *
 * @typedef {object} Known
 * @property {string | null} [class]
 * @property {number | null} [probability]
 * @property {readonly [number, number]} [point]
 */
/**
 * How far a request is: the bytes that have been sent or received, and how many there will be, or null if that is not
 * known. Where there is no `XMLHttpRequest`, as in Node.js, nothing is told of what is sent.
 *
 * @callback Progress
 * @param {"sending" | "receiving"} step
 * @param {number} done
 * @param {number | null} total
 * @returns {void}
 */
/**
 * What goes along with a request.
 *
 * @typedef {object} Along
 * @property {Photo} [depthImage] a map of the photo's depth
 * @property {AbortSignal} [signal] ends the request, and the waiting for another try, with its own reason
 * @property {Progress} [progress] is called as the photo leaves and the answer arrives
 */
/** @typedef {Blur & Finding & Along} Options */
/** @typedef {Blur & Known & Along} Reblurring */
/**
 * A photo's picture, upright and as large as the photo, and what was found out. With `mask: "none"`, label, probability
 * and confidence are null.
 *
 * @typedef {object} Picture
 * @property {string | null} label
 * @property {number | null} probability 0 to 1
 * @property {Blob} blurred the picture that was asked for
 * @property {number | null} confidence 0 to 1: how likely the mask is right
 * @property {number | null} people how many the photo is taken to show, if they were looked for
 * @property {boolean} gentle whether the blur was held back, since the mask is likely wrong or the photo blurred already
 * @property {string} depth where it comes from: "image", the one sent, "photo", its own, or "ground"; else "flat"
 * @property {number | null} focus 0 to 1, the nearest: the disparity in focus, unless the depth is flat
 * @property {boolean} byMatte whether the mask is a phone's own one of people, from the photo's file
 * @property {string | null} portrait "rendered": a phone has blurred it already; "original": its sharp one was used
 * @property {string | null} dropped what of the photo the result lacks: "gain-map", of an HDR photo
 */
/**
 * Mask and saliency, encoded as the picture is.
 *
 * @typedef {object} Masks
 * @property {Blob} mask how sharp each pixel stays
 * @property {Blob | null} saliency what speaks for the class; null where it was not asked for, or no network ran
 */
/** @typedef {Picture & Masks} Blurred */
/**
 * What only an explanation is asked for; docs/api.md says what each does.
 *
 * @typedef {object} Methods
 * @property {number | string} [target]
 * @property {(number | string)[]} [targets]
 * @property {number} [k] 1 to 10
 * @property {"guided_backprop" | "gradient" | "layercam" | "smoothgrad" | "integrated_gradients"} [method]
 * @property {"input" | "fine" | "middle" | "coarse"} [layer]
 * @property {number} [samples] 1 to 50: how many gradients a map of the last two methods is the mean of
 * @property {AbortSignal} [signal] ends the request
 * @property {Progress} [progress] is called as the photo leaves and the answer arrives
 */
/**
 * What an explanation is asked for.
 *
 * @typedef {Methods & Pick<Finding, "mask" | "people" | "point" | "points">
 *   & Pick<Blur, "format" | "quality" | "maxSide">} Explaining
 */
/**
 * A class.
 *
 * @typedef {object} Explanation
 * @property {string} label
 * @property {number} index 0 to 999
 * @property {number} probability 0 to 1
 * @property {Blob} saliency the map of what speaks for it
 * @property {number | null} confidence 0 to 1: how likely the mask is right that it gives
 */
/** Why there is no answer: in the server's words, or with status 0 when it gave none that can be used. */
export class FocalError extends Error {
    /**
     * @param {number} status of HTTP, or 0
     * @param {string} type for programs, such as "UnsupportedFormat"
     * @param {string} message one sentence
     * @param {number | null} [retryAfterMs] when the server asks to come back
     */
    constructor(status: number, type: string, message: string, retryAfterMs?: number | null);
    status: number;
    type: string;
    retryAfterMs: number | null;
}
/** A Focal server. */
export class Focal {
    /**
     * @param {string | URL} url with or without /predictions/focal
     * @param {object} [settings]
     * @param {string | null} [settings.apiKey]
     * @param {Record<string, string>} [settings.headers] what a gateway or plain TorchServe wants
     * @param {number} [settings.retries] how often a busy server (429, 503) is asked again
     * @param {number} [settings.timeoutMs] the longest time that an answer may take
     */
    constructor(url: string | URL, { apiKey, headers, retries, timeoutMs }?: {
        apiKey?: string | null | undefined;
        headers?: Record<string, string> | undefined;
        retries?: number | undefined;
        timeoutMs?: number | undefined;
    });
    /**
     * Blur the background of a photo; with its mask and, with `saliency: true`, its saliency, which takes the server time
     * and bytes.
     *
     * @param {Photo} photo
     * @param {Options & { saliency?: boolean }} [options]
     * @returns {Promise<Blurred>}
     * @throws {FocalError} if the server refuses, or gives no answer
     */
    blur(photo: Photo, { saliency, ...options }?: Options & {
        saliency?: boolean;
    }): Promise<Blurred>;
    /**
     * The same without the mask, and so with fewer bytes and less work for the server.
     *
     * @param {Photo} photo
     * @param {Options} [options]
     * @returns {Promise<Picture>}
     */
    picture(photo: Photo, options?: Options): Promise<Picture>;
    /**
     * Blur by a mask of your own, or an edited one (white stays sharp); fast.
     *
     * @param {Photo} photo
     * @param {Photo} mask
     * @param {Reblurring} [options]
     * @returns {Promise<Blurred>}
     */
    reblur(photo: Photo, mask: Photo, options?: Reblurring): Promise<Blurred>;
    /**
     * The five most probable classes of a photo, most probable first, or those that the options ask for.
     *
     * @param {Photo} photo
     * @param {Explaining} [options]
     * @returns {Promise<Explanation[]>}
     */
    explain(photo: Photo, options?: Explaining): Promise<Explanation[]>;
    #private;
}
export type Reply = {
    status: number;
    statusText: string;
    headers: Headers;
    body: ArrayBuffer;
};
/**
 * what to throw for an error of the connection
 */
export type Failure = (error: unknown) => unknown;
/**
 * An encoded image: a file that somebody chose, `fs.openAsBlob` of Node.js, or its bytes.
 */
export type Photo = Blob | ArrayBuffer | ArrayBufferView<ArrayBuffer>;
export type Format = "jpeg" | "png" | "webp";
/**
 * How the background shall be blurred, and the answer encoded; the server has a default for each.
 */
export type Blur = {
    /**
     * 0 to 0.15: diameter of the blur as a fraction of the longer side
     */
    strength?: number;
    bokeh?: "lens" | "gaussian";
    /**
     * auto: by distance, where it is known; flat: all of the background alike
     */
    depth?: "auto" | "flat";
    /**
     * what is near in a map that is sent
     */
    depthNear?: "white" | "black";
    /**
     * 0 to 1, the nearest: which disparity is in focus
     */
    focus?: number;
    /**
     * whether what is blurred by depth gets the photo's grain back
     */
    grain?: boolean;
    /**
     * when to blur only gently
     */
    fallback?: "auto" | "always" | "never";
    format?: Format;
    /**
     * 1 to 100
     */
    quality?: number;
    /**
     * basic: capture time, camera, lens, artist, copyright and rating stay
     */
    metadata?: "none" | "basic";
    /**
     * what `blurred` of the answer shows
     */
    output?: "blurred" | "cutout" | "mask";
    /**
     * of a cut-out, such as "#ffffff"; without it, the cut-out is transparent
     */
    background?: string;
    /**
     * longest side of the answer's images, in pixels
     */
    maxSide?: number;
};
/**
 * What may be asked for when Focal finds the subject.
 */
export type Finding = {
    mask?: "auto" | "refined" | "classic" | "none";
    /**
     * whether to look for people, too
     */
    people?: "auto" | "off";
    /**
     * ImageNet class, index or label, to focus on instead of the most probable one
     */
    target?: number | string;
    /**
     * x and y, fractions of width and height: the subject there stays sharp
     */
    point?: readonly [number, number];
    /**
     * several; those
     * with `keep: false` take away what is there
     */
    points?: readonly (readonly [number, number] | {
        x: number;
        y: number;
        keep?: boolean;
    })[];
};
/**
 * What an earlier answer said of the photo, and, with a map of depth, the point in focus.
 */
export type Known = {
    class?: string | null;
    probability?: number | null;
    point?: readonly [number, number];
};
/**
 * How far a request is: the bytes that have been sent or received, and how many there will be, or null if that is not
 * known. Where there is no `XMLHttpRequest`, as in Node.js, nothing is told of what is sent.
 */
export type Progress = (step: "sending" | "receiving", done: number, total: number | null) => void;
/**
 * What goes along with a request.
 */
export type Along = {
    /**
     * a map of the photo's depth
     */
    depthImage?: Photo;
    /**
     * ends the request, and the waiting for another try, with its own reason
     */
    signal?: AbortSignal;
    /**
     * is called as the photo leaves and the answer arrives
     */
    progress?: Progress;
};
export type Options = Blur & Finding & Along;
export type Reblurring = Blur & Known & Along;
/**
 * A photo's picture, upright and as large as the photo, and what was found out. With `mask: "none"`, label, probability
 * and confidence are null.
 */
export type Picture = {
    label: string | null;
    /**
     * 0 to 1
     */
    probability: number | null;
    /**
     * the picture that was asked for
     */
    blurred: Blob;
    /**
     * 0 to 1: how likely the mask is right
     */
    confidence: number | null;
    /**
     * how many the photo is taken to show, if they were looked for
     */
    people: number | null;
    /**
     * whether the blur was held back, since the mask is likely wrong or the photo blurred already
     */
    gentle: boolean;
    /**
     * where it comes from: "image", the one sent, "photo", its own, or "ground"; else "flat"
     */
    depth: string;
    /**
     * 0 to 1, the nearest: the disparity in focus, unless the depth is flat
     */
    focus: number | null;
    /**
     * whether the mask is a phone's own one of people, from the photo's file
     */
    byMatte: boolean;
    /**
     * "rendered": a phone has blurred it already; "original": its sharp one was used
     */
    portrait: string | null;
    /**
     * what of the photo the result lacks: "gain-map", of an HDR photo
     */
    dropped: string | null;
};
/**
 * Mask and saliency, encoded as the picture is.
 */
export type Masks = {
    /**
     * how sharp each pixel stays
     */
    mask: Blob;
    /**
     * what speaks for the class; null where it was not asked for, or no network ran
     */
    saliency: Blob | null;
};
export type Blurred = Picture & Masks;
/**
 * What only an explanation is asked for; docs/api.md says what each does.
 */
export type Methods = {
    target?: number | string;
    targets?: (number | string)[];
    /**
     * 1 to 10
     */
    k?: number;
    method?: "guided_backprop" | "gradient" | "layercam" | "smoothgrad" | "integrated_gradients";
    layer?: "input" | "fine" | "middle" | "coarse";
    /**
     * 1 to 50: how many gradients a map of the last two methods is the mean of
     */
    samples?: number;
    /**
     * ends the request
     */
    signal?: AbortSignal;
    /**
     * is called as the photo leaves and the answer arrives
     */
    progress?: Progress;
};
/**
 * What an explanation is asked for.
 */
export type Explaining = Methods & Pick<Finding, "mask" | "people" | "point" | "points"> & Pick<Blur, "format" | "quality" | "maxSide">;
/**
 * A class.
 */
export type Explanation = {
    label: string;
    /**
     * 0 to 999
     */
    index: number;
    /**
     * 0 to 1
     */
    probability: number;
    /**
     * the map of what speaks for it
     */
    saliency: Blob;
    /**
     * 0 to 1: how likely the mask is right that it gives
     */
    confidence: number | null;
};
